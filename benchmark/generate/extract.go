package generate

import (
	"encoding/json"
	"strings"

	"github.com/agora-network/agora/benchmark/question"
)

var extractGenerator = Generator{
	name:    "extract/1",
	summary: "facts out of a document, as JSON that fits a schema",
	parameters: []Parameter{
		{Name: "distractors", Summary: "further records or remarks that are not asked for", Min: 0, Max: 400, Default: 6},
		{Name: "records", Summary: "records to be found: lines of an invoice, rooms of a booking, errors in a log, people", Min: 1, Max: 40, Default: 3},
	},
	families: []family{
		{"invoice", "number, date, lines and total of an invoice", 5, 0, drawInvoice},
		{"booking", "what a mail with changes of mind finally books", 5, 0, drawBooking},
		{"log", "the errors of one service in a log", 5, 0, drawLog},
		{"people", "the people of one city out of many cards", 5, 0, drawPeople},
	},
}

// extraction is a question for JSON: compact, keys in alphabetical order, which is
// the order of the fields of what is expected.
func extraction(task, document, schema string, expected any) question.Question {
	encoded, err := json.Marshal(expected)
	if err != nil { // structs of strings and whole numbers always have an encoding
		return question.Question{}
	}
	return question.Question{
		Prompt: task + "\n\n" + document + "\nAnswer with JSON only, without white space and with keys in alphabetical order, that fits this schema:\n" + schema,
		Schema: schema, Expected: string(encoded),
	}
}

// schemaOf describes an object all of whose properties are required; properties are
// alternately names and schemas, in alphabetical order.
func schemaOf(properties ...string) string {
	var members, names []string
	for i := 0; i < len(properties); i += 2 {
		names = append(names, `"`+properties[i]+`"`)
		members = append(members, `"`+properties[i]+`":`+properties[i+1])
	}
	return `{"type":"object","properties":{` + strings.Join(members, ",") + `},"required":[` + strings.Join(names, ",") + `],"additionalProperties":false}`
}

const (
	integerSchema = `{"type":"integer"}`
	textSchema    = `{"type":"string"}`
	dateSchema    = `{"type":"string","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}`
)

func listSchema(of string) string { return `{"type":"array","items":` + of + `}` }

// fullName draws a person.
func (d *drawer) fullName() string { return pick(d, firstNames) + " " + pick(d, lastNames) }

// recentDate draws a day from 2001 to 2040.
func (d *drawer) recentDate() date { return dayNumber(d.count(36_831, 51_440)) }

// said writes a date the way a letter does.
func (t date) said() string {
	return text(int64(t.day)) + " " + months[t.month-1] + " " + text(int64(t.year))
}

// euros writes cents.
func euros(cents int64) string { return text(cents/100) + "." + padded(int(cents%100), 2) }

type invoiceLine struct {
	Article  string `json:"article"`
	Cents    int64  `json:"cents"`
	Quantity int64  `json:"quantity"`
}

type invoice struct {
	Buyer  string        `json:"buyer"`
	Due    string        `json:"due"`
	Lines  []invoiceLine `json:"lines"`
	Number string        `json:"number"`
	Total  int64         `json:"total"`
}

var invoiceSchema = schemaOf("buyer", textSchema, "due", dateSchema,
	"lines", listSchema(schemaOf("article", textSchema, "cents", integerSchema, "quantity", integerSchema)), "number", textSchema, "total", integerSchema)

func (d *drawer) number(prefix string) string { return prefix + "-" + text(d.digits(5)) }

func drawInvoice(d *drawer) question.Question {
	want := invoice{Buyer: d.fullName(), Number: d.number("R"), Due: ""}
	issued := d.recentDate()
	due := dayNumber(issued.number() + d.count(7, 60))
	want.Due = due.iso()
	var out strings.Builder
	out.WriteString(pick(d, lastNames) + " & " + pick(d, lastNames) + ", " + pick(d, cities) + "\nInvoice " + want.Number + "\nIssued on " + issued.said() + " to " + want.Buyer + ", " + pick(d, cities) + "\n")
	for range d.setting("distractors") {
		out.WriteString(d.invoiceRemark(issued) + "\n")
	}
	for i := range d.setting("records") {
		line := invoiceLine{Article: pick(d, goods), Cents: d.between(50, 99_999), Quantity: d.between(1, 40)}
		want.Lines = append(want.Lines, line)
		want.Total += line.Cents * line.Quantity
		out.WriteString(text(int64(i+1)) + ") " + text(line.Quantity) + " x " + line.Article + ", EUR " + euros(line.Cents) + " apiece: EUR " + euros(line.Cents*line.Quantity) + "\n")
	}
	out.WriteString("Total EUR " + euros(want.Total) + ", payable by " + due.said() + "\n")
	return extraction("Extract the invoice: buyer, due date, lines in their order with the price of one piece in cents, number of the invoice, total in cents.", out.String(), invoiceSchema, want)
}

func (d *drawer) invoiceRemark(issued date) string {
	earlier := dayNumber(issued.number() - d.count(10, 400))
	switch d.below(4) {
	case 0:
		return "Your order " + d.number("B") + " of " + earlier.said()
	case 1:
		return "Our invoice " + d.number("R") + " of " + earlier.said() + " over EUR " + euros(d.between(500, 999_999)) + " has been paid, thank you"
	case 2:
		return "Delivery note " + d.number("L") + ", sent to " + d.fullName() + " in " + pick(d, cities)
	default:
		return "Until " + earlier.said() + " " + text(d.between(2, 9)) + " x " + pick(d, goods) + " was on offer for EUR " + euros(d.between(50, 9_999))
	}
}

type room struct {
	Beds   int64  `json:"beds"`
	Guest  string `json:"guest"`
	Nights int64  `json:"nights"`
}

type booking struct {
	Arrival string `json:"arrival"`
	City    string `json:"city"`
	Rooms   []room `json:"rooms"`
}

var bookingSchema = schemaOf("arrival", dateSchema, "city", textSchema, "rooms", listSchema(schemaOf("beds", integerSchema, "guest", textSchema, "nights", integerSchema)))

func drawBooking(d *drawer) question.Question {
	var out strings.Builder
	out.WriteString("From: " + d.fullName() + "\nSubject: rooms\n\nDear all,\n")
	arrival, city := d.recentDate(), pick(d, cities)
	for range d.setting("distractors") {
		switch d.below(3) {
		case 0:
			out.WriteString("First we wanted to arrive on " + d.recentDate().said() + ", but that is off.\n")
		case 1:
			out.WriteString("My colleague " + d.fullName() + " asked for " + text(d.between(2, 9)) + " nights in " + pick(d, cities) + "; please forget about it.\n")
		default:
			out.WriteString("Last year " + d.fullName() + " had a room with " + text(d.between(1, 4)) + " beds for " + text(d.between(1, 14)) + " nights in " + pick(d, cities) + ".\n")
		}
	}
	out.WriteString("What we book now is this: we arrive in " + city + " on " + arrival.said() + ".\n")
	want := booking{Arrival: arrival.iso(), City: city}
	for range d.setting("records") {
		r := room{Beds: d.between(1, 4), Guest: d.fullName(), Nights: d.between(1, 21)}
		want.Rooms = append(want.Rooms, r)
		out.WriteString("A room for " + r.Guest + ", " + text(r.Beds) + " beds, " + text(r.Nights) + " nights.\n")
	}
	out.WriteString("Yours sincerely\n")
	return extraction("Extract what is finally booked in this mail: the date of arrival, the city, and the rooms in their order with beds, guest and nights.", out.String(), bookingSchema, want)
}

type failure struct {
	Code   int64  `json:"code"`
	Millis int64  `json:"millis"`
	Time   string `json:"time"`
}

var failureSchema = listSchema(schemaOf("code", integerSchema, "millis", integerSchema, "time", `{"type":"string","pattern":"^[0-9]{2}:[0-9]{2}:[0-9]{2}$"}`))

func drawLog(d *drawer) question.Question {
	services := some(d, 4, animals)
	records, others := d.setting("records"), d.setting("distractors")
	wanted := make([]bool, records+others)
	for i := range records {
		wanted[i] = true
	}
	shuffle(d, wanted)
	seconds := d.between(0, 40_000)
	var want []failure
	var out strings.Builder
	for _, asked := range wanted {
		seconds += d.between(1, 90)
		f := failure{Code: d.between(400, 599), Millis: d.between(1, 9_999), Time: padded(int(seconds/3600), 2) + ":" + padded(int(seconds/60%60), 2) + ":" + padded(int(seconds%60), 2)}
		level, service := "ERROR", services[0]
		if asked {
			want = append(want, f)
		} else if d.coin() {
			level = pick(d, []string{"INFO", "WARN", "DEBUG"})
		} else {
			service = services[d.count(1, 3)]
		}
		out.WriteString(f.Time + " " + level + " " + service + " request " + d.number("q") + " code=" + text(f.Code) + " took " + text(f.Millis) + "ms\n")
	}
	return extraction("Extract all entries of level ERROR of the service "+services[0]+" from this log, in their order, with code, milliseconds and time.", out.String(), failureSchema, want)
}

type person struct {
	Born       int64  `json:"born"`
	Name       string `json:"name"`
	Profession string `json:"profession"`
}

var peopleSchema = listSchema(schemaOf("born", integerSchema, "name", textSchema, "profession", textSchema))

func drawPeople(d *drawer) question.Question {
	records, others := d.setting("records"), d.setting("distractors")
	towns := some(d, len(cities), cities)
	wanted := make([]bool, records+others)
	for i := range records {
		wanted[i] = true
	}
	shuffle(d, wanted)
	var want []person
	var out strings.Builder
	for _, asked := range wanted {
		p := person{Born: d.between(1930, 2005), Name: d.fullName(), Profession: pick(d, professions)}
		lives, other := towns[0], towns[d.count(1, len(towns)-1)]
		if asked {
			want = append(want, p)
		} else {
			// Some of the others were born in the city in question, or only work there.
			lives, other = other, towns[d.below(2)]
		}
		switch d.below(3) {
		case 0:
			out.WriteString(p.Name + ", " + p.Profession + ", born " + text(p.Born) + " in " + other + ", lives in " + lives + ".\n")
		case 1:
			out.WriteString("Name: " + p.Name + " | Residence: " + lives + " | Works in: " + other + " | Profession: " + p.Profession + " | Year of birth: " + text(p.Born) + "\n")
		default:
			out.WriteString("The " + p.Profession + " " + p.Name + " (born in " + text(p.Born) + ") moved from " + other + " to " + lives + " and has lived there since.\n")
		}
	}
	return extraction("Extract all people who live in "+towns[0]+", in their order, with year of birth, name and profession.", out.String(), peopleSchema, want)
}
