// Package basicsolver answers the questions of generator basics/1 rightly, as a miner in a test or a measurement does: the
// questions of a validator cannot be drawn beforehand.
package basicsolver

import (
	"slices"
	"strconv"
	"strings"

	"github.com/agora-network/agora/benchmark/generate"
)

// Solve returns the right answer to a question of basics/1; known is false for any other prompt.
func Solve(prompt string) (answer string, known bool) {
	verb, text, found := strings.Cut(prompt, " ")
	if !found {
		return calculate(prompt)
	}
	letters := []byte(text)
	switch verb {
	case generate.BasicsReverse:
		slices.Reverse(letters)
	case generate.BasicsSort:
		slices.Sort(letters)
	case generate.BasicsShift:
		for i, letter := range letters {
			if letter < 'a' || letter > 'z' {
				return "", false
			}
			letters[i] = 'a' + (letter-'a'+1)%26
		}
	default:
		return "", false
	}
	return string(letters), true
}

func calculate(prompt string) (answer string, known bool) {
	at := strings.IndexAny(prompt, "+-")
	if at < 0 {
		return "", false
	}
	left, err := strconv.ParseUint(prompt[:at], 10, 32)
	if err != nil {
		return "", false
	}
	right, err := strconv.ParseUint(prompt[at+1:], 10, 32)
	if err != nil {
		return "", false
	}
	if prompt[at] == '+' {
		return strconv.FormatUint(left+right, 10), true
	}
	return strconv.FormatInt(int64(left)-int64(right), 10), true //nolint:gosec // of 32 bits
}
