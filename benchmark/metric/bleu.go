package metric

import "github.com/agora-network/agora/internal/portable"

// bleuOrder is the longest n-gram of words that BLEU counts.
const bleuOrder = 4

// BLEU is the BLEU score of one text as sacreBLEU's sentence_bleu gives it: tokenizer
// 13a, case kept, n-grams of 1 to 4 words clipped by the reference that has them most
// often, smoothing "exp" (an order without a match counts as 1/2, the next one as 1/4
// ... of one match), effective order (orders longer than the answer do not count) and
// the brevity penalty against the reference that is nearest in length, the shorter of
// two. All references count together. An answer that shares no word scores 0.
//
// The geometric mean and the penalty are computed in float64 with the logarithm and
// exponential of package portable, hence with equal bits everywhere, and rounded once;
// before rounding the error is below 1e-14. n log n for n words.
func BLEU(answer string, references []string) (int64, error) {
	if err := check(answer, references); err != nil {
		return 0, err
	}
	return newBleuCounts(answer, references).score(), nil
}

// bleuCounts is what BLEU is computed from; those of several texts may be added.
type bleuCounts struct {
	correct, total [bleuOrder]int64
	given, wanted  int64 // words of the answer and of the nearest reference
}

func newBleuCounts(answer string, references []string) bleuCounts {
	numbers := intern{}
	given := sortedGrams(numbers.all(tokenize13a(answer)), wordBits)
	counts := bleuCounts{given: int64(len(given)), wanted: -1}
	wanted := make([][]gram, len(references))
	for i, reference := range references {
		wanted[i] = sortedGrams(numbers.all(tokenize13a(reference)), wordBits)
		length := int64(len(wanted[i]))
		nearer := distance(length, counts.given) - distance(counts.wanted, counts.given)
		if counts.wanted < 0 || nearer < 0 || nearer == 0 && length < counts.wanted {
			counts.wanted = length
		}
	}
	for n := range bleuOrder {
		counts.total[n] = gramCount(len(given), n+1)
		counts.correct[n] = matches(given, wanted, n+1, wordBits)
	}
	return counts
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

func (c bleuCounts) score() int64 {
	if c.correct[0] == 0 {
		return 0 // no word in common, so no longer n-gram either
	}
	logs, orders, smooth := 0.0, 0, 1.0
	for n := range bleuOrder {
		if c.total[n] == 0 {
			break
		}
		orders = n + 1
		correct := float64(c.correct[n])
		if c.correct[n] == 0 {
			smooth = float64(smooth * 2)
			correct = 1 / smooth
		}
		logs += portable.Log(correct / float64(c.total[n]))
	}
	mean := logs / float64(orders)
	if c.given < c.wanted {
		mean += 1 - float64(c.wanted)/float64(c.given)
	}
	if mean < -portable.MaxExponent {
		return 0
	}
	return quantise(portable.Exp(mean))
}
