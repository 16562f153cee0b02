package openai

import (
	"fmt"
	"sync"
)

// identity remembers which model answered first. It stays so for the life of the
// engine: numbers of two models must not be mixed under one name.
type identity struct {
	mu                 sync.Mutex // guards the fields below
	model, fingerprint string
}

// check compares what an answer says of its model with the first that said it.
// What an answer leaves out is not compared.
func (i *identity) check(model, fingerprint string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, c := range []struct {
		what string
		seen *string
		now  string
	}{{"model", &i.model, model}, {"system fingerprint", &i.fingerprint, fingerprint}} {
		switch {
		case c.now == "":
		case *c.seen == "":
			*c.seen = c.now
		case *c.seen != c.now:
			return fmt.Errorf("%w: %s was %q and is %q; restart to accept it", ErrModelChanged, c.what, oneLine(*c.seen), oneLine(c.now))
		}
	}
	return nil
}
