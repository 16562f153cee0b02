package metric

import "slices"

// Exact gives [One] to an answer that equals a reference byte for byte, else 0. It has
// no limit of length.
func Exact(answer string, references []string) (int64, error) {
	if len(references) == 0 {
		return 0, checkReferences(references)
	}
	if slices.Contains(references, answer) {
		return One, nil
	}
	return 0, nil
}
