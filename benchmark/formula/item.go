package formula

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// item is what a scorer is called with.
type item struct {
	in                             Inputs
	prompt, expected, answer, data starlark.String
	alternatives                   starlark.Tuple
}

var _ starlark.Value = (*item)(nil)

func newItem(in Inputs) (*item, error) {
	if err := in.validate(ErrMemory); err != nil {
		return nil, err
	}
	text := func(s string) starlark.String { return starlark.String(validText(s)) }
	it := &item{in: in, prompt: text(in.Prompt), expected: text(in.Expected), answer: text(in.Answer), data: text(in.Data)}
	for _, alternative := range in.Alternatives {
		it.alternatives = append(it.alternatives, text(alternative))
	}
	return it, nil
}

// validate bounds the texts; the error wraps the one that it is given.
func (in *Inputs) validate(as error) error {
	check := func(what, text string) error {
		if len(text) > MaxTextBytes {
			return fmt.Errorf("%w: the %s has %d bytes, at most %d are allowed", as, what, len(text), MaxTextBytes)
		}
		return nil
	}
	err := errors.Join(check("prompt", in.Prompt), check("expected answer", in.Expected), check("answer", in.Answer), check("data", in.Data))
	for _, alternative := range in.Alternatives {
		err = errors.Join(err, check("alternative", alternative))
	}
	return err
}

func (*item) String() string        { return "item" }
func (*item) Type() string          { return "item" }
func (*item) Freeze()               {}
func (*item) Truth() starlark.Bool  { return true }
func (*item) Hash() (uint32, error) { return 0, errors.New("unhashable: item") }

// field is a field of the item; nil says that there is none of the name.
func (it *item) field(name string) starlark.Value {
	switch name {
	case "prompt":
		return it.prompt
	case "expected":
		return it.expected
	case "answer":
		return it.answer
	case "data":
		return it.data
	case "alternatives":
		return it.alternatives
	case "latency_ms":
		return starlark.MakeInt64(it.in.LatencyMS)
	case "completion_tokens":
		return starlark.MakeInt64(it.in.CompletionTokens)
	}
	return nil
}

// metricSteps is what a metric costs in steps: what computes it bounds itself, and a
// program computes each only once.
const metricSteps = 100

// itemMetric is item.metric(name).
func itemMetric(m *meter, c call) (starlark.Value, error) {
	var name string
	if err := starlark.UnpackArgs("metric", c.args, c.kwargs, "name", &name); err != nil {
		return nil, err
	}
	it := c.receiver.(*item)
	if value, ok := m.metrics[name]; ok {
		return starlark.MakeInt64(value), nil
	}
	if err := m.work(metricSteps); err != nil {
		return nil, err
	}
	value, err := it.in.metric(name)
	if err != nil {
		return nil, err
	}
	if m.metrics == nil {
		m.metrics = make(map[string]int64)
	}
	m.metrics[name] = value
	return starlark.MakeInt64(value), nil
}

// metric computes a metric and holds it to its range.
func (in *Inputs) metric(name string) (int64, error) {
	if in.Metric == nil {
		return 0, fmt.Errorf("metric %q is not available here", bounded(name))
	}
	value, err := in.Metric(name)
	if err != nil {
		return 0, fmt.Errorf("metric %q: %w", bounded(name), err)
	}
	if value < 0 || value > ScoreOne {
		return 0, fmt.Errorf("metric %q is %d, not 0 to %d", bounded(name), value, ScoreOne)
	}
	return value, nil
}

// absent is the value of a name that a program uses and nothing defines. As in
// Python, that is no error until the name is come to, and then any use is one.
type absent struct{ name string }

var _ starlark.Callable = absent{}

func (a absent) failure() error        { return fmt.Errorf("%q is not defined", bounded(a.name)) }
func (a absent) Name() string          { return a.name }
func (a absent) String() string        { return "undefined" }
func (a absent) Type() string          { return "undefined name" }
func (absent) Freeze()                 {}
func (absent) Truth() starlark.Bool    { return false }
func (a absent) Hash() (uint32, error) { return 0, a.failure() }

func (a absent) CallInternal(*starlark.Thread, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
	return nil, a.failure()
}

// validText replaces what is not UTF-8 in a text that a program is given: a program
// cannot tell bytes that are no text apart on purpose.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
