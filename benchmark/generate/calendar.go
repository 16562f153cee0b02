package generate

import (
	"strconv"

	"github.com/agora-network/agora/benchmark/question"
)

// date is a day of the Gregorian calendar.
type date struct{ year, month, day int } // month and day from 1

// calendarDays are the days from the first of March 1900 to the last of February 2100,
// between which every fourth year is a leap year.
const calendarDays = 200*365 + 49

// date draws a day.
func (d *drawer) date() date { return dayNumber(d.below(calendarDays)) }

// Days before each month of a year that begins in March.
var marchDays = [12]int{0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337}

// dayNumber returns the date n days after the first of March 1900, before March 2100.
func dayNumber(n int) date {
	// In years that begin in March the leap day is the last one: 1903-04 is the first
	// such year with 366 days.
	cycle, rest := n/1461, n%1461
	year := min(rest/365, 3)
	rest -= 365 * year
	month := 11
	for marchDays[month] > rest {
		month--
	}
	out := date{year: 1900 + 4*cycle + year, month: month + 3, day: rest - marchDays[month] + 1}
	if out.month > 12 {
		out.year, out.month = out.year+1, out.month-12
	}
	return out
}

// number is the inverse of dayNumber.
func (t date) number() int {
	year, month := t.year, t.month-3
	if month < 0 {
		year, month = year-1, month+12
	}
	years := year - 1900
	return 365*years + years/4 + marchDays[month] + t.day - 1
}

func (t date) leap() bool { return t.year%4 == 0 && (t.year%100 != 0 || t.year%400 == 0) }

// ofYear is the number of the day in its year, from 1.
func (t date) ofYear() int {
	if t.month > 2 {
		n := marchDays[t.month-3] + t.day + 59
		if t.leap() {
			n++
		}
		return n
	}
	return 31*(t.month-1) + t.day
}

// weekday is the English name of the day; the first of March 1900 was a Thursday.
func (t date) weekday() string { return weekdays[(t.number()+3)%7] }

// padded writes a number with leading zeros.
func padded(n, width int) string {
	s := strconv.Itoa(n)
	for len(s) < width {
		s = "0" + s
	}
	return s
}

func (t date) iso() string {
	return strconv.Itoa(t.year) + "-" + padded(t.month, 2) + "-" + padded(t.day, 2)
}

// dateForms are ways to write a date, each with the name by which it is asked for.
var dateForms = []struct {
	name  string
	write func(t date) string
}{
	{"YYYY-MM-DD", date.iso},
	{"DD.MM.YYYY", func(t date) string { return padded(t.day, 2) + "." + padded(t.month, 2) + "." + strconv.Itoa(t.year) }},
	{"MM/DD/YYYY", func(t date) string { return padded(t.month, 2) + "/" + padded(t.day, 2) + "/" + strconv.Itoa(t.year) }},
	{"day, English name of the month, year (such as 7 March 2021)", func(t date) string {
		return strconv.Itoa(t.day) + " " + months[t.month-1] + " " + strconv.Itoa(t.year)
	}},
	{"YYYY-DDD (the year and the number of the day in the year, three digits, 1 January being 001)", func(t date) string {
		return strconv.Itoa(t.year) + "-" + padded(t.ofYear(), 3)
	}},
}

func drawDate(d *drawer) question.Question {
	t, forms := d.date(), dateForms
	if d.difficulty() == 1 {
		forms = forms[:4]
	}
	pair := some(d, 2, forms)
	prompt := "A date is written " + pair[0].write(t) + " in the form " + pair[0].name + "."
	if later := d.byDifficulty([5]int{0, 0, 9, 60, 2000}); later > 0 {
		n := d.count(1, later)
		if t.number()+n >= calendarDays {
			n = -n
		}
		t = dayNumber(t.number() + n)
		if n > 0 {
			prompt += " Take the day " + strconv.Itoa(n) + " days after it."
		} else {
			prompt += " Take the day " + strconv.Itoa(-n) + " days before it."
		}
	}
	return question.Question{Prompt: prompt + " Write it in the form " + pair[1].name + ". Answer with the date only.", Expected: pair[1].write(t)}
}

func drawWeekday(d *drawer) question.Question {
	t := d.date()
	return question.Question{
		Prompt:   "On which day of the week falls " + t.iso() + " (year-month-day, Gregorian calendar)? Answer with the English name of the day only.",
		Expected: t.weekday(),
	}
}
