package metric

// TokenF1 is SQuAD's F1: answer and reference are normalised as by [Normalize] and cut
// into words; with c words in common, counted as often as both have them, the score is
// 2c/(words of the answer + words of the reference), the best over all references. As
// in SQuAD 2.0, an answer without words is right when a reference has none. Linear.
func TokenF1(answer string, references []string) (int64, error) {
	if err := check(answer, references); err != nil {
		return 0, err
	}
	given := words(Normalize(answer))
	return best(references, func(reference string) int64 {
		return tokenF1(given, words(Normalize(reference)))
	}), nil
}

func tokenF1(given, wanted []string) int64 {
	if len(given) == 0 && len(wanted) == 0 {
		return One
	}
	left := make(map[string]int, len(wanted))
	for _, word := range wanted {
		left[word]++
	}
	common := 0
	for _, word := range given {
		if left[word] > 0 {
			left[word]--
			common++
		}
	}
	return share(2*int64(common), int64(len(given)+len(wanted)))
}
