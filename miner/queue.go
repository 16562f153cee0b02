package miner

import (
	"container/heap"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

var (
	// ErrQueueFull: as many questions wait as may.
	ErrQueueFull = errors.New("the queue is full")
	// ErrCallerQueueFull: this caller has as many questions waiting as one caller may.
	ErrCallerQueueFull = errors.New("the caller has too many questions waiting")
	// ErrDraining: the miner is shutting down.
	ErrDraining = errors.New("the miner is shutting down")
)

// queue admits a bounded number of questions at once and lets a bounded number wait.
//
// Validators get turns in proportion to their scoring power (start-time fair queueing), so that a strong one comes
// first and a weak one still comes. Everybody else waits in order of arrival until no validator waits, and gives its
// place to a validator when the queue is full.
type queue struct {
	slots, capacity, perCaller int
	now                        func() time.Time

	mu         sync.Mutex // guards everything below
	running    int
	validators waiterHeap
	others     []*waiter
	// clock is the virtual time: the start tag of the validator's question that was admitted last.
	clock float64
	// finish is, by caller, the virtual time up to which its questions so far have claimed turns.
	finish  map[string]float64
	waiting map[string]int
	arrival uint64
	closed  bool
	// service is a moving average of how long an answer takes.
	service time.Duration
}

// waiter is one question that waits. Its result is sent at most once.
type waiter struct {
	caller  caller
	start   float64
	arrival uint64
	index   int        // in the heap, -1 when not in it
	result  chan error // buffered
	settled bool       // guarded by queue.mu
}

func newQueue(slots, capacity, perCaller int, now func() time.Time) *queue {
	return &queue{
		slots: slots, capacity: capacity, perCaller: perCaller, now: now,
		finish: make(map[string]float64), waiting: make(map[string]int),
	}
}

// acquire waits for a turn. The caller must call release once when it has answered. The error is one of the named ones
// or that of ctx.
func (q *queue) acquire(ctx context.Context, c caller) (release func(), err error) {
	w, err := q.enter(c)
	if err != nil {
		return nil, err
	}
	select {
	case err := <-w.result:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		if !q.withdraw(w) { // the turn came at the same moment
			if err := <-w.result; err == nil {
				q.release(0)
			}
		}
		return nil, ctx.Err()
	}
	started := q.now()
	return func() { q.release(q.now().Sub(started)) }, nil
}

func (q *queue) enter(c caller) (*waiter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	w := &waiter{caller: c, index: -1, result: make(chan error, 1)}
	switch {
	case q.closed:
		return nil, ErrDraining
	case q.running < q.slots && q.length() == 0:
		q.running++
		w.settle(nil)
		return w, nil
	case q.waiting[c.id] >= q.perCaller:
		return nil, ErrCallerQueueFull
	case q.length() >= q.capacity:
		if !c.validator || len(q.others) == 0 {
			return nil, ErrQueueFull
		}
		last := q.others[len(q.others)-1]
		q.remove(last)
		last.settle(ErrQueueFull)
	}
	q.arrival++
	w.arrival = q.arrival
	q.waiting[c.id]++
	if c.validator {
		w.start = max(q.clock, q.finish[c.id])
		q.finish[c.id] = w.start + 1/float64(max(c.power, 1))
		heap.Push(&q.validators, w)
	} else {
		q.others = append(q.others, w)
	}
	q.dispatch()
	return w, nil
}

// withdraw takes a question out of the queue and reports whether it was still there.
func (q *queue) withdraw(w *waiter) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.settled {
		return false
	}
	q.remove(w)
	w.settled = true
	return true
}

func (q *queue) release(took time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running--
	if took > 0 {
		q.service += (took - q.service) / 8
	}
	q.dispatch()
}

// dispatch gives free slots to those whose turn it is. The lock is held.
func (q *queue) dispatch() {
	for q.running < q.slots && q.length() > 0 {
		var next *waiter
		if len(q.validators) > 0 {
			next = q.validators[0]
			q.clock = max(q.clock, next.start)
		} else {
			next = q.others[0]
		}
		q.remove(next)
		q.running++
		next.settle(nil)
	}
	if len(q.validators) == 0 { // nobody competes: past turns count no more
		q.clock = 0
		clear(q.finish)
	}
}

// remove takes w out of where it waits. The lock is held.
func (q *queue) remove(w *waiter) {
	if w.caller.validator {
		heap.Remove(&q.validators, w.index)
	} else {
		q.others = slices.DeleteFunc(q.others, func(other *waiter) bool { return other == w })
	}
	if q.waiting[w.caller.id]--; q.waiting[w.caller.id] == 0 {
		delete(q.waiting, w.caller.id)
	}
}

// close refuses new questions and those that wait; answers that are being made go on.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, w := range slices.Concat([]*waiter(q.validators), q.others) {
		q.remove(w)
		w.settle(ErrDraining)
	}
}

// depth is how many are being answered and how many wait.
func (q *queue) depth() (running, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running, q.length()
}

// retryAfter estimates when there will be room: the time to work off what waits, between 1 and 30 seconds.
func (q *queue) retryAfter() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	estimate := q.service * time.Duration(q.length()+1) / time.Duration(q.slots)
	return min(max(estimate, time.Second), 30*time.Second)
}

func (q *queue) length() int { return len(q.validators) + len(q.others) }

// settle tells the waiter its fate. The queue's lock is held.
func (w *waiter) settle(err error) {
	w.settled = true
	w.result <- err
}

// waiterHeap orders by virtual start, then by arrival.
type waiterHeap []*waiter

func (h waiterHeap) Len() int { return len(h) }

func (h waiterHeap) Less(i, j int) bool {
	if h[i].start != h[j].start {
		return h[i].start < h[j].start
	}
	return h[i].arrival < h[j].arrival
}

func (h waiterHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *waiterHeap) Push(x any) {
	w, ok := x.(*waiter)
	if !ok {
		return
	}
	w.index = len(*h)
	*h = append(*h, w)
}

// Pop implements heap.Interface.
func (h *waiterHeap) Pop() any {
	old := *h
	w := old[len(old)-1]
	old[len(old)-1] = nil
	w.index = -1
	*h = old[:len(old)-1]
	return w
}
