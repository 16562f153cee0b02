package metric

import "strings"

// RougeL is the F1 of ROUGE-L as Google's rouge_score gives it without a stemmer: the
// words are the runs of a-z and 0-9 of the texts in lower case, and with the longest
// common subsequence of c words the score is 2c/(words of the answer + words of the
// reference), the best over all references. Texts without such words score 0, and
// letters outside a-z only separate words, as in rouge_score; for other alphabets use
// [ChrF] or [WordSimilarity].
//
// Bit-parallel: a*r/64 steps for a and r words, about 25 ms for 64 KiB of one-letter
// words against as much, and memory that grows linearly.
func RougeL(answer string, references []string) (int64, error) {
	if err := check(answer, references); err != nil {
		return 0, err
	}
	numbers := intern{}
	given := numbers.all(rougeWords(answer))
	return best(references, func(reference string) int64 {
		wanted := numbers.all(rougeWords(reference))
		return share(2*int64(commonSubsequence(given, wanted)), int64(len(given)+len(wanted)))
	}), nil
}

func rougeWords(text string) []string {
	return strings.FieldsFunc(lower(text), func(r rune) bool {
		return (r < 'a' || 'z' < r) && (r < '0' || '9' < r)
	})
}
