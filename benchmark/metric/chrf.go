package metric

import (
	"math/big"
	"slices"
)

// Settings of chrF, sacreBLEU's defaults.
const (
	chrfOrder     = 6 // longest n-gram of characters
	chrfPlusWords = 2 // longest n-gram of words in chrF++
	chrfBetaTwo   = 4 // beta 2 squared: recall counts twice as much as precision
)

// ChrF is the character n-gram F-score of one text with sacreBLEU's defaults: n-grams
// of 1 to 6 code points after all white space is removed, beta 2, case kept, precision
// and recall averaged over the orders that both texts have. The best reference counts.
// Two texts without a character score 0, as in sacreBLEU.
//
// The score is the exact fraction rounded once. n log n for n characters.
func ChrF(answer string, references []string) (int64, error) {
	return chrf(answer, references, 0)
}

// ChrFPlusPlus is chrF++: [ChrF] with n-grams of 1 and 2 words beside those of
// characters. A punctuation mark of ASCII at the end of a word, or else at its start,
// is a word of its own.
func ChrFPlusPlus(answer string, references []string) (int64, error) {
	return chrf(answer, references, chrfPlusWords)
}

func chrf(answer string, references []string, wordOrder int) (int64, error) {
	if err := check(answer, references); err != nil {
		return 0, err
	}
	numbers := intern{}
	given := newChrfText(answer, wordOrder, numbers)
	return best(references, func(reference string) int64 {
		wanted := newChrfText(reference, wordOrder, numbers)
		return chrfScore(given.compare(wanted, wordOrder))
	}), nil
}

// chrfText is a text cut into what chrF counts.
type chrfText struct {
	characters, words []gram
}

func newChrfText(text string, wordOrder int, numbers intern) chrfText {
	characters := make([]uint32, 0, len(text))
	for _, r := range text {
		if !isSpace(r) {
			characters = append(characters, uint32(r)+1)
		}
	}
	cut := chrfText{characters: sortedGrams(characters, runeBits)}
	if wordOrder > 0 {
		cut.words = sortedGrams(numbers.all(chrfWords(text)), wordBits)
	}
	return cut
}

// chrfWords cuts a text into words and the punctuation at one of their ends.
func chrfWords(text string) []string {
	var out []string
	for _, word := range words(text) {
		last := len(word) - 1
		switch {
		case last == 0:
			out = append(out, word)
		case isPunctuation(rune(word[last])):
			out = append(out, word[:last], word[last:])
		case isPunctuation(rune(word[0])):
			out = append(out, word[:1], word[1:])
		default:
			out = append(out, word)
		}
	}
	return out
}

// chrfCount is how many n-grams of one order the answer has, the reference has, and
// both have.
type chrfCount struct{ given, wanted, both int64 }

// compare counts the n-grams of all orders, first those of characters.
func (t chrfText) compare(reference chrfText, wordOrder int) []chrfCount {
	counts := make([]chrfCount, 0, chrfOrder+wordOrder)
	for n := range chrfOrder {
		counts = append(counts, countGrams(t.characters, reference.characters, n+1, runeBits))
	}
	for n := range wordOrder {
		counts = append(counts, countGrams(t.words, reference.words, n+1, wordBits))
	}
	return counts
}

func countGrams(given, wanted []gram, n int, width uint) chrfCount {
	return chrfCount{
		given:  gramCount(len(given), n),
		wanted: gramCount(len(wanted), n),
		both:   matches(given, [][]gram{wanted}, n, width),
	}
}

// chrfScore is the F-score of the mean precision P/(e*g) and the mean recall R/(e*w)
// over the e orders that both texts have, where g and w are the products of the counts:
// (1+b²)*P*R / (e*(b²*P*w + R*g)).
func chrfScore(counts []chrfCount) int64 {
	counts = slices.DeleteFunc(counts, func(c chrfCount) bool { return c.given == 0 || c.wanted == 0 })
	precision, given := meanParts(counts, func(c chrfCount) int64 { return c.given })
	recall, wanted := meanParts(counts, func(c chrfCount) int64 { return c.wanted })
	if precision.Sign() == 0 {
		return 0 // then nothing matches, and recall is 0 as well
	}
	numerator := new(big.Int).Mul(precision, recall)
	numerator.Mul(numerator, big.NewInt(1+chrfBetaTwo))
	denominator := new(big.Int).Mul(precision, wanted)
	denominator.Mul(denominator, big.NewInt(chrfBetaTwo))
	denominator.Add(denominator, recall.Mul(recall, given))
	return shareBig(numerator, denominator.Mul(denominator, big.NewInt(int64(len(counts)))))
}

// meanParts returns the sum of both/total over all orders as a fraction.
func meanParts(counts []chrfCount, total func(chrfCount) int64) (numerator, denominator *big.Int) {
	numerator, denominator = new(big.Int), big.NewInt(1)
	part := new(big.Int)
	for _, c := range counts {
		numerator.Mul(numerator, big.NewInt(total(c)))
		numerator.Add(numerator, part.Mul(denominator, big.NewInt(c.both)))
		denominator.Mul(denominator, big.NewInt(total(c)))
	}
	return numerator, denominator
}
