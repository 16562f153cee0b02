package formula

import (
	"fmt"
	"math/bits"

	"go.starlark.net/starlark"
)

// Limits bounds one run of a Starlark program.
type Limits struct {
	// Steps bounds the work: instructions of the interpreter, and for those that do
	// more than a constant amount about one step for each 20 ns.
	Steps uint64
	// Memory bounds the bytes of all values that are made, garbage included.
	Memory uint64
}

// The limits of a scorer's call and of one unit test, and the largest that a caller
// may ask for. Memory is what is allocated, not what is alive at one time.
var (
	DefaultLimits     = Limits{Steps: 1_000_000, Memory: 32 << 20}
	DefaultTestLimits = Limits{Steps: 1_000_000, Memory: 32 << 20}
	MaxLimits         = Limits{Steps: 50_000_000, Memory: 256 << 20}
)

// Bounds that are the same for every program.
const (
	// MaxCallDepth bounds the calls that are open at one time.
	MaxCallDepth = 1000
	// MaxIntBits bounds integers: 8192 bits, 2466 decimal digits.
	MaxIntBits = 8192
	// MaxNesting bounds how deep lists, tuples and dicts nest in each other where
	// they are compared, hashed or written as text.
	MaxNesting = 100
)

// clamped keeps the limits within [MaxLimits]; zero means the default.
func (l Limits) clamped(by Limits) Limits {
	if l.Steps == 0 {
		l.Steps = by.Steps
	}
	if l.Memory == 0 {
		l.Memory = by.Memory
	}
	return Limits{Steps: min(l.Steps, MaxLimits.Steps), Memory: min(l.Memory, MaxLimits.Memory)}
}

// meterKey is where a thread keeps its meter.
const meterKey = "meter"

// meter is the account of one run. The steps are the thread's own, so that what the
// interpreter counts and what is charged here is one sum.
type meter struct {
	thread *starlark.Thread
	limits Limits
	memory uint64
	// exceeded is the first limit that was met.
	exceeded error
	// metrics are those already computed for this item.
	metrics map[string]int64
	// tables has the counts of each table that has more than a few entries.
	tables map[starlark.Value]hashes
}

// newMeter makes a thread with an account of its own.
func newMeter(name string, limits Limits) *meter {
	m := &meter{limits: limits}
	m.thread = &starlark.Thread{Name: name, Print: func(*starlark.Thread, string) {}}
	m.thread.SetMaxExecutionSteps(limits.Steps)
	m.thread.SetLocal(meterKey, m)
	return m
}

// left is how many steps may still be made.
func (m *meter) left() uint64 {
	if m.thread.Steps >= m.limits.Steps {
		return 0
	}
	return m.limits.Steps - m.thread.Steps
}

// work charges n steps.
func (m *meter) work(n uint64) error {
	if n < m.left() {
		m.thread.Steps += n
		return nil
	}
	m.thread.Steps = m.limits.Steps
	return m.stop(fmt.Errorf("%w: %d are allowed", ErrSteps, m.limits.Steps))
}

// alloc charges n bytes, and a step for each 64 of them.
func (m *meter) alloc(n uint64) error {
	if n > m.limits.Memory-m.memory {
		m.memory = m.limits.Memory
		return m.stop(fmt.Errorf("%w: %d bytes are allowed", ErrMemory, m.limits.Memory))
	}
	m.memory += n
	return m.work(n / 64)
}

// stop notes why a run ends. Nothing in the language can catch it.
func (m *meter) stop(err error) error {
	if m.exceeded == nil {
		m.exceeded = err
	}
	return m.exceeded
}

// product multiplies without wrapping around.
func product(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	if high != 0 {
		return 1 << 62
	}
	return min(low, 1<<62)
}

// weigh counts what an operation visits that goes through a whole value: one for
// each value in it, as often as it appears, and one for each 16 bytes of a string.
// It stops with an error where the count exceeds the steps that are left, so that a
// small value that holds itself many times over costs no more than they do.
func (m *meter) weigh(v starlark.Value) (uint64, error) {
	w := weighing{meter: m, limit: m.left()}
	w.add(v, 0)
	switch {
	case w.failed != nil:
		return 0, w.failed
	case w.deep:
		return 0, fmt.Errorf("a value is nested deeper than %d", MaxNesting)
	case w.sum > w.limit:
		return 0, m.work(w.sum)
	}
	return w.sum, nil
}

type weighing struct {
	meter      *meter
	sum, limit uint64
	deep       bool
	failed     error
}

// done says that nothing more needs to be visited.
func (w *weighing) done() bool { return w.deep || w.failed != nil || w.sum > w.limit }

// table adds what it costs to look up all entries of a table in another.
func (w *weighing) table(v starlark.Value) {
	cost, err := w.meter.clash(v)
	if w.sum += cost; err != nil {
		w.failed = err
	}
}

func (w *weighing) add(v starlark.Value, depth int) {
	if depth > MaxNesting {
		w.deep = true
	}
	w.sum++
	if w.done() {
		return
	}
	switch v := v.(type) {
	case starlark.String:
		w.sum += uint64(len(v)) / 16
	case starlark.Int:
		if _, small := v.Int64(); !small {
			w.sum += MaxIntBits / 64
		}
	case starlark.Tuple:
		for _, element := range v {
			if w.add(element, depth+1); w.done() {
				return
			}
		}
	case *starlark.List:
		for i := range v.Len() {
			if w.add(v.Index(i), depth+1); w.done() {
				return
			}
		}
	case *starlark.Dict:
		w.table(v)
		for key, value := range v.Entries() {
			w.add(key, depth+1)
			if w.add(value, depth+1); w.done() {
				return
			}
		}
	case *starlark.Set:
		w.table(v)
		for element := range v.Elements() {
			if w.add(element, depth+1); w.done() {
				return
			}
		}
	}
}

// visit charges the walk through whole values, several times over.
func (m *meter) visit(times uint64, values ...starlark.Value) error {
	for _, v := range values {
		weight, err := m.weigh(v)
		if err != nil {
			return err
		}
		if err := m.work(product(weight, times)); err != nil {
			return err
		}
	}
	return nil
}

// textBytes is about how many bytes a value has when it is written as text.
func (m *meter) textBytes(v starlark.Value) (uint64, error) {
	if s, ok := v.(starlark.String); ok {
		return uint64(len(s)), nil
	}
	weight, err := m.weigh(v)
	return product(weight, 32), err
}

// checked refuses an integer that has grown too large and charges a large one.
func (m *meter) checked(v starlark.Value, err error) (starlark.Value, error) {
	if err != nil {
		return nil, err
	}
	integer, ok := v.(starlark.Int)
	if !ok {
		return v, nil
	}
	if _, small := integer.Int64(); small {
		return v, nil
	}
	size := integer.BigInt().BitLen()
	if size > MaxIntBits {
		return nil, fmt.Errorf("an integer has %d bits, at most %d are allowed", size, MaxIntBits)
	}
	return v, m.alloc(uint64(size)/4 + 64)
}
