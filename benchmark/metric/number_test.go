package metric

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseNumberReadsNumbersExactly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0":                           "0",
		"007":                         "7",
		" 42\n":                       "42",
		"+5":                          "5",
		"-12.50":                      "-25/2",
		"−3":                          "-3",
		".5":                          "1/2",
		"5.":                          "5",
		"1e3":                         "1000",
		"2.5E-3":                      "1/400",
		"1e−2":                        "1/100",
		"1,234,567.89":                "123456789/100",
		"1_000":                       "1000",
		"12\u202f345":                 "12345",
		"12\u00a0345":                 "12345",
		"12\u2009345":                 "12345",
		"3/4":                         "3/4",
		"-1 / 3":                      "-1/3",
		"2.5/10":                      "1/4",
		"1e3/4":                       "250",
		"50%":                         "1/2",
		"50 %":                        "1/2",
		"1/4%":                        "1/400",
		"0.1":                         "1/10",
		"1e400":                       "1" + strings.Repeat("0", 400),
		strings.Repeat("9", 1024):     strings.Repeat("9", 1024),
		"0.000000000000000000000001":  "1/1000000000000000000000000",
		"100000000000000000000000001": "100000000000000000000000001",
	} {
		got, err := ParseNumber(text)
		require.NoError(t, err, "%q", text)
		require.Equal(t, want, got.RatString(), "%q", text)
	}
}

func TestParseNumberRefusesWhatIsNoNumberOrMeansTwoThings(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "x", "-", "+-1", "--1", ".", "e5", "1e", "1e+", "1,5", "1,2345", "1234,567", "0,123", "1,234_567", ",123",
		"1/0", "1/0.0", "1/", "/2", "1//2", "1/2/3", "1 3/4", "1 2", "5 kg", "$5", "0x10", "inf", "NaN", "1.2.3", "٣", "１",
		"1e401", "1e-401", "1e999999999", "1e-999999999999999999999999", "%", "5%%", "\xff", "1\xff",
		strings.Repeat("9", 1025), "0." + strings.Repeat("0", 1024) + "1", "1/" + strings.Repeat("7", 1100),
	} {
		_, err := ParseNumber(text)
		require.ErrorIs(t, err, errNotNumber, "%q", shorten(text))
	}
}

func TestLastNumberFindsTheAnswerInAText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2x = 10-3 = 7 kg.":                  "7",
		"The answer is 5.":                   "5",
		"The answer is **1,234.50**!":        "2469/2",
		"from 3 to -4":                       "-4",
		"10-3":                               "3",
		"(2)-3":                              "3",
		"x=-3":                               "-3",
		"1,2,3":                              "3",
		"1,2,345":                            "2345",
		"she pays $18, i.e. $0.5 a day x2":   "1/2",
		"a1 b2 H2O":                          "",
		"v1.2.3":                             "",
		"3/4 of 8":                           "8",
		"8 times 3/4.":                       "3/4",
		"about 10 % of them":                 "1/10",
		"7 and 1/0":                          "7",
		"7 and 1e999999999":                  "7",
		"#### 42":                            "42",
		"答案是42。":                             "42",
		"答案是-42。":                            "-42",
		"ответ42":                            "",
		"答案是 42。":                            "42",
		"":                                   "",
		"none":                               "",
		"1e5x":                               "100000",
		"-.5":                                "-1/2",
		"...5":                               "",
		"5...":                               "5",
		"\xff5":                              "5",
		"2024-01-15":                         "15",
		strings.Repeat("9", 2000):            "",
		"6 then " + strings.Repeat("1", 9e3): "6",
	} {
		got, ok := LastNumber(text)
		require.Equal(t, want != "", ok, "%q", shorten(text))
		if ok {
			require.Equal(t, want, got.RatString(), "%q", shorten(text))
		}
	}
}

func TestNumericComparesWithinEitherTolerance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		numeric    Numeric
		answer     string
		references []string
		want       int64
	}{
		{"the same number in another form", Numeric{}, "1e3", []string{"1,000.0"}, One},
		{"a fraction is exact", Numeric{}, "0.3333333333333333", []string{"1/3"}, 0},
		{"at the absolute tolerance", Numeric{Absolute: One / 100}, "3.15", []string{"3.14"}, One},
		{"beyond the absolute tolerance", Numeric{Absolute: One / 100}, "3.1500000001", []string{"3.14"}, 0},
		{"at the relative tolerance", Numeric{Relative: One / 100}, "-101", []string{"-100"}, One},
		{"beyond the relative tolerance", Numeric{Relative: One / 100}, "101.0001", []string{"100"}, 0},
		{"a relative tolerance of 0 is 0", Numeric{Relative: One}, "0.1", []string{"0"}, 0},
		{"either suffices", Numeric{Absolute: One, Relative: 1}, "1", []string{"0"}, One},
		{"any reference suffices", Numeric{}, "2", []string{"1", "2"}, One},
		{"a whole answer with words is wrong", Numeric{}, "it is 2", []string{"2"}, 0},
		{"unless its last number counts", Numeric{Last: true}, "it is 2", []string{"2"}, One},
		{"an answer without a number is wrong", Numeric{Last: true}, "it is two", []string{"2"}, 0},
		{"huge exponents cost nothing", Numeric{Last: true}, "1e999999999", []string{"2"}, 0},
	} {
		got, err := c.numeric.Score(c.answer, c.references)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
	}
}

func TestNumericNamesWhoIsWrong(t *testing.T) {
	t.Parallel()
	_, err := Numeric{}.Score("1", []string{"1", "one"})
	require.ErrorIs(t, err, ErrReference)
	_, err = Numeric{Absolute: -1}.Score("1", []string{"1"})
	require.ErrorIs(t, err, ErrInput)
	_, err = Numeric{Absolute: MaxAbsoluteTolerance + 1}.Score("1", []string{"1"})
	require.ErrorIs(t, err, ErrInput)
	_, err = Numeric{Relative: MaxRelativeTolerance + 1}.Score("1", []string{"1"})
	require.ErrorIs(t, err, ErrInput)
}

func TestNumbersSurviveWritingAndReading(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := big.NewRat(rapid.Int64().Draw(t, "numerator"), rapid.Int64Range(1, 1<<40).Draw(t, "denominator"))
		got, err := ParseNumber(number.String())
		require.NoError(t, err)
		require.Zero(t, number.Cmp(got))

		decimal := number.FloatString(rapid.IntRange(0, 30).Draw(t, "decimals"))
		want, _ := new(big.Rat).SetString(decimal)
		got, ok := LastNumber("so x = " + decimal + " units")
		require.True(t, ok)
		require.Zero(t, want.Cmp(got))
	})
}

// hostileNumbers is text, repeated up to the limit, that would keep a careless reader
// busy for minutes.
var hostileNumbers = []string{"9", "1,", "1/", "1 ", "1e-400 ", "-", ".", "1,234", "%", "1\u00a0", "9/9e", "1/3e-400%"}

func TestLastNumberReadsHostileTextToItsEnd(t *testing.T) {
	t.Parallel()
	for _, part := range hostileNumbers {
		_, err := Numeric{Last: true}.Score(strings.Repeat(part, MaxAnswerBytes/len(part)), []string{"1"})
		require.NoError(t, err)
	}
}

func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"-1,234.5e-3/7 %", "x = −.5", "1e999999999", "5. 6.. 7/0", "\xff\u202f1", "1 2", "12\u2009345"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		whole, err := ParseNumber(text)
		last, ok := LastNumber(text)
		if err != nil {
			require.ErrorIs(t, err, errNotNumber)
			return
		}
		// What is a number as a whole is its own last number.
		require.True(t, ok)
		require.Zero(t, whole.Cmp(last))
	})
}
