package spec

// generators are those of package generate, which has a test that both agree. They stand
// here as well because consensus code checks specs and must not depend on what draws
// questions.
var generators = [...]Generator{
	{
		Name:     GeneratorBasics,
		Families: []string{"add", "sub", "reverse", "sort", "shift"},
		Summary:  "sums and differences of numbers up to 999; 3 to 6 letters reversed or shifted, digits sorted",
	},
	{
		Name:     "arithmetic/1",
		Families: []string{"sum", "product", "division", "expression", "fraction", "gcd", "lcm", "modular-power", "percentage", "based-sum"},
		Summary:  "written arithmetic with whole numbers and fractions",
		Settings: []GeneratorSetting{
			{Name: "difficulty", Low: 1, High: 5, Default: 2, Summary: "from 1, easy, to 5: longer numbers, more steps, more to keep in mind"},
		},
	},
	{
		Name:     "algebra/1",
		Families: []string{"linear", "system", "quadratic", "sequence", "polynomial", "story"},
		Summary:  "equations, sequences, polynomials and word problems with whole numbers as solutions",
		Settings: []GeneratorSetting{
			{Name: "difficulty", Low: 1, High: 5, Default: 2, Summary: "from 1, easy, to 5: longer numbers, more steps, more to keep in mind"},
		},
	},
	{
		Name:     "text/1",
		Families: []string{"string", "words", "numbers", "count", "element", "run-length", "cipher", "zip"},
		Summary:  "transformations of strings and lists, alone and one after the other",
		Settings: []GeneratorSetting{
			{Name: "length", Low: 4, High: 64, Default: 8, Summary: "letters of a string, words or numbers of a list"},
			{Name: "steps", Low: 1, High: 8, Default: 2, Summary: "transformations one after the other, where a family has steps"},
		},
	},
	{
		Name:     "notation/1",
		Families: []string{"postfix", "prefix", "infix", "stack", "roman", "base", "date", "weekday", "pairs", "object", "units", "duration", "morse", "truth-table"},
		Summary:  "the same thing written another way",
		Settings: []GeneratorSetting{
			{Name: "difficulty", Low: 1, High: 5, Default: 2, Summary: "from 1, easy, to 5: longer numbers, more steps, more to keep in mind"},
		},
	},
	{
		Name:     "output/1",
		Families: []string{"loops", "functions", "lists", "dictionaries", "strings"},
		Summary:  "what a short Python program prints",
		Settings: []GeneratorSetting{
			{Name: "difficulty", Low: 1, High: 5, Default: 2, Summary: "from 1, easy, to 5: longer numbers, more steps, more to keep in mind"},
		},
	},
	{
		Name:     "puzzle/1",
		Families: []string{"pattern-match", "pattern-find", "order", "houses", "sudoku", "knights", "syllogism", "subset", "maze", "cheapest-way", "schedule", "meetings"},
		Summary:  "puzzles with exactly one solution, which the generator has proved by enumeration",
		Settings: []GeneratorSetting{
			{Name: "difficulty", Low: 1, High: 5, Default: 2, Summary: "from 1, easy, to 5: longer numbers, more steps, more to keep in mind"},
		},
	},
	{
		Name:     "extract/1",
		Families: []string{"invoice", "booking", "log", "people"},
		Summary:  "facts out of a document, as JSON that fits a schema",
		Settings: []GeneratorSetting{
			{Name: "distractors", Low: 0, High: 400, Default: 6, Summary: "further records or remarks that are not asked for"},
			{Name: "records", Low: 1, High: 40, Default: 3, Summary: "records to be found: lines of an invoice, rooms of a booking, errors in a log, people"},
		},
	},
	{
		Name:     "retrieval/1",
		Families: []string{"code", "owner", "letter", "person", "moved"},
		Summary:  "one fact out of a long list of made-up ones",
		Settings: []GeneratorSetting{
			{Name: "facts", Low: 8, High: 1000, Default: 40, Summary: "lines of the context, about 20 to 130 bytes each"},
			{Name: "hops", Low: 1, High: 6, Default: 2, Summary: "facts that must be joined, where a family joins facts"},
		},
	},
	{
		Name:     "continuation/1",
		Families: []string{"continuation"},
		Summary:  "the text that follows a passage of a document",
		Settings: []GeneratorSetting{
			{Name: "bare", Low: 0, High: 1, Default: 0, Summary: "1 to show the passage alone, for completions and log-loss; 0 to ask in words"},
			{Name: "prefix", Low: 16, High: 65536, Default: 512, Summary: "bytes of the passage that is shown, at least"},
			{Name: "suffix", Low: 1, High: 16384, Default: 64, Summary: "bytes of the text that is asked for, at most"},
		},
		Documents: true,
	},
}
