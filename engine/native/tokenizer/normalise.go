package tokenizer

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// step changes a text before it is cut into words.
type step func(text string) (string, error)

// normalForm is one of Unicode's forms. (The library bounds runs of combining
// marks by an invisible joiner after every 30, which no written language needs.)
func normalForm(form norm.Form) step {
	return func(text string) (string, error) { return form.String(text), nil }
}

// prepend puts text in front of what is not empty.
func prepend(front string) step {
	return func(text string) (string, error) {
		if text == "" {
			return "", nil
		}
		return grown(front + text)
	}
}

// replace exchanges every occurrence of one text for another.
func replace(old, by string) step {
	return func(text string) (string, error) {
		if strings.Count(text, old)*len(by) > maxGrown {
			return grown(strings.Repeat(" ", maxGrown+1))
		}
		return grown(strings.ReplaceAll(text, old, by))
	}
}

// maxGrown bounds what normalisation makes of a text.
const maxGrown = 4 * MaxTextBytes

func grown(text string) (string, error) {
	if len(text) > maxGrown {
		return "", fmt.Errorf("%w: more than %d bytes after normalisation", ErrTextTooLong, maxGrown)
	}
	return text, nil
}
