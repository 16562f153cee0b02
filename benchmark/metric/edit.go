package metric

// EditSimilarity is 1 - d/m where d is the Levenshtein distance of answer and reference
// in code points and m the number of code points of the longer one; two empty texts
// score [One]. The best reference counts. Each byte that is not UTF-8 is one U+FFFD.
//
// Bit-parallel: a*r/64 steps for a and r code points, about 0.3 s for 64 KiB against
// as much that has nothing in common, and memory that grows linearly.
func EditSimilarity(answer string, references []string) (int64, error) {
	if err := check(answer, references); err != nil {
		return 0, err
	}
	given := runes(answer)
	return best(references, func(reference string) int64 {
		return similarity(given, runes(reference))
	}), nil
}

// WordSimilarity is [EditSimilarity] with words, cut at white space, instead of code
// points.
func WordSimilarity(answer string, references []string) (int64, error) {
	if err := check(answer, references); err != nil {
		return 0, err
	}
	numbers := intern{}
	given := numbers.all(words(answer))
	return best(references, func(reference string) int64 {
		return similarity(given, numbers.all(words(reference)))
	}), nil
}

func similarity(given, wanted []uint32) int64 {
	longer := max(len(given), len(wanted))
	if longer == 0 {
		return One
	}
	return share(int64(longer-editDistance(given, wanted)), int64(longer))
}

// CharErrorRate is the character error rate, d/r for the Levenshtein distance d and r
// code points of the reference, white space at both ends left out: 0 is best and rates
// above [One] are possible, so it is no score. Against an empty reference every
// character of the answer counts as one whole error, as in jiwer. The least rate over
// all references counts. Cost as [EditSimilarity].
func CharErrorRate(answer string, references []string) (int64, error) {
	if err := check(answer, references); err != nil {
		return 0, err
	}
	given := runes(trimSpace(answer))
	return least(references, func(reference string) int64 {
		return errorRate(given, runes(trimSpace(reference)))
	}), nil
}

// WordErrorRate is [CharErrorRate] with words, cut at all white space (jiwer cuts at the
// space alone), instead of code points. Case and punctuation count.
func WordErrorRate(answer string, references []string) (int64, error) {
	if err := check(answer, references); err != nil {
		return 0, err
	}
	numbers := intern{}
	given := numbers.all(words(answer))
	return least(references, func(reference string) int64 {
		return errorRate(given, numbers.all(words(reference)))
	}), nil
}

// Accuracy turns an error rate into a score: 1 - rate, at least 0.
func Accuracy(rate int64) int64 { return min(max(One-rate, 0), One) }

func errorRate(given, wanted []uint32) int64 {
	errors, of := int64(editDistance(given, wanted)), int64(max(len(wanted), 1))
	// The whole errors first: an answer may be many times as long as its reference.
	return errors/of*One + share(errors%of, of)
}
