package generate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEveryDayOfTheCalendarIsThatOfTheStandardLibrary(t *testing.T) {
	day := time.Date(1900, time.March, 1, 0, 0, 0, 0, time.UTC)
	for n := range calendarDays {
		d := dayNumber(n)
		require.Equal(t, day.Format(time.DateOnly), d.iso())
		require.Equal(t, n, d.number())
		require.Equal(t, day.YearDay(), d.ofYear(), d.iso())
		require.Equal(t, day.Weekday().String(), d.weekday(), d.iso())
		day = day.AddDate(0, 0, 1)
	}
	require.Equal(t, "2100-03-01", day.Format(time.DateOnly), "the calendar ends before a year that is no leap year")
}

// Every program that a benchmark asks about runs to its end: the limits are a net
// that nothing falls into.
func TestAProgramThatRunsTooLongOrPrintsTooMuchHasNoOutput(t *testing.T) {
	for name, source := range map[string]string{
		"too many steps":  "x = 0\nfor i in range(10000000):\n    x += i\nprint(x)\n",
		"too much output": "for i in range(100000):\n    print(\"all work and no play\")\n",
		"a mistake":       "print(1 // 0)\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(source)
			require.Error(t, err)
			p := &program{}
			p.source.WriteString(source)
			require.Zero(t, p.question("mistakes"))
		})
	}
}
