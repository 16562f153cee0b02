package runner

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native/decoder"
)

// Options bound what a Runner does at once.
type Options struct {
	// Rows is how many tokens one step computes; 0 means decoder.DefaultRows.
	Rows int
	// Threads is how many threads share a step; at least 1.
	Threads int
	// MaxJobs is how many jobs advance together; at most Rows. 0 means Rows.
	MaxJobs int
	// CacheTokens bounds the memory for key-value caches, in tokens of all jobs
	// together. Jobs beyond it wait.
	CacheTokens int
}

// Runner is safe for concurrent use.
type Runner struct {
	// turn holds a value while nobody steps. Whoever takes it owns the fields of
	// the second group until it gives it back.
	turn chan struct{}

	batch   *decoder.Batch
	pool    *decoder.Pool
	pages   int // that pool has in all
	maxJobs int
	waiting []*Job // for memory, first come first served
	active  []*Job
	pieces  []decoder.Piece
	owners  []*Job // of pieces
	claims  []*Job // of wanted states

	mu       sync.Mutex // guards incoming
	incoming []*Job
}

// New returns a runner without jobs.
func New(m *decoder.Model, o Options) *Runner {
	r := &Runner{
		turn:  make(chan struct{}, 1),
		batch: m.NewBatch(o.Rows, o.Threads),
		pool:  m.NewPool(o.CacheTokens),
	}
	r.pages = r.pool.Free()
	if r.maxJobs = r.batch.Rows(); o.MaxJobs > 0 {
		r.maxJobs = min(r.maxJobs, o.MaxJobs)
	}
	r.turn <- struct{}{}
	return r
}

// Run computes a job. It returns the first error of the job's functions,
// decoder.ErrNotFinite, the context's error, or engine.ErrBusy when the job needs
// more memory than the runner has for all. A job may be run once.
func (r *Runner) Run(ctx context.Context, job *Job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if decoder.Pages(job.Capacity) > r.pages {
		return fmt.Errorf("%w: %d tokens need more memory than there is for all requests", engine.ErrBusy, job.Capacity)
	}
	job.ready = make(chan struct{}, 1)
	r.mu.Lock()
	r.incoming = append(r.incoming, job)
	r.mu.Unlock()
	for {
		news, done, err := r.await(ctx, job)
		if err == nil && news && job.Deliver != nil {
			err = job.Deliver()
		}
		if err != nil && !done {
			r.abandon(job)
		}
		if err != nil || done {
			return err
		}
	}
}

// await returns when the job has news, stepping everybody when it has the turn.
func (r *Runner) await(ctx context.Context, job *Job) (news, done bool, err error) {
	for {
		if news, done, err = job.take(); news || done {
			return news, done, err
		}
		select {
		case <-ctx.Done():
			return false, false, ctx.Err()
		case <-job.ready:
		case <-r.turn:
			// The news may have come between the look and the turn; then no step is due.
			if news, done, err = job.take(); !news && !done {
				r.step()
			}
			// One step a turn: another request may be waiting to step out.
			r.turn <- struct{}{}
			if news || done {
				return news, done, err
			}
		}
	}
}

// abandon takes a job out before it is done.
func (r *Runner) abandon(job *Job) {
	<-r.turn
	defer func() { r.turn <- struct{}{} }()
	r.admit()
	r.waiting = slices.DeleteFunc(r.waiting, func(j *Job) bool { return j == job })
	if i := slices.Index(r.active, job); i >= 0 {
		r.active = slices.Delete(r.active, i, i+1)
		job.sequence.Release()
	}
}

// admit lets waiting jobs in, in their order, while there is memory.
func (r *Runner) admit() {
	r.mu.Lock()
	r.waiting = append(r.waiting, r.incoming...)
	clear(r.incoming)
	r.incoming = r.incoming[:0]
	r.mu.Unlock()
	for len(r.waiting) > 0 && len(r.active) < r.maxJobs {
		job := r.waiting[0]
		sequence := r.pool.NewSequence()
		if sequence.Reserve(job.Capacity) != nil {
			return
		}
		job.sequence = sequence
		r.active = append(r.active, job)
		r.waiting = slices.Delete(r.waiting, 0, 1)
	}
}

// step computes one step of all active jobs and tells their owners.
func (r *Runner) step() {
	r.admit()
	r.fill()
	r.batch.Step(r.pieces)
	r.claims = r.claims[:0]
	for i, job := range r.owners {
		switch r.pieces[i].Want {
		case decoder.WantAll:
			for range r.pieces[i].Tokens {
				r.claims = append(r.claims, job)
			}
		case decoder.WantLast:
			r.claims = append(r.claims, job)
		}
		if job.next == nil {
			job.fed += len(r.pieces[i].Tokens)
		}
	}
	for first := 0; first < len(r.claims); {
		job := r.claims[first]
		if job.State != nil {
			if !job.finished {
				r.settle(job, 0, false, job.State(r.batch.State(first)))
			}
			first++
			continue
		}
		end := first + 1
		for end < len(r.claims) && r.claims[end].State == nil {
			end++
		}
		r.batch.Logits(first, end, func(i int, logits []float32) {
			if job := r.claims[i]; !job.finished {
				next, more, err := job.Logits(logits)
				r.settle(job, next, more, err)
			}
		})
		first = end
	}
	r.active = slices.DeleteFunc(r.active, func(j *Job) bool { return j.finished })
}

// settle goes on with a job, or ends it, after one of its functions was called.
func (r *Runner) settle(job *Job, next int32, more bool, err error) {
	switch {
	case err != nil:
	case job.All:
		// The last token of a piece may be the last of all, but the ones before it
		// are settled first.
		if job.seen++; job.seen < len(job.Tokens) {
			return
		}
	case more && job.sequence.Len() < job.Capacity:
		job.next = append(job.next[:0], next)
		job.tell(false, nil)
		return
	case more:
		err = fmt.Errorf("runner: a job of at most %d tokens asked for another", job.Capacity)
	}
	job.finished = true
	job.sequence.Release()
	job.tell(true, err)
}

// fill chooses what the next step computes: first one token for each completion
// under way, then prompts in the order of their jobs, as far as there is room.
func (r *Runner) fill() {
	r.pieces, r.owners = r.pieces[:0], r.owners[:0]
	room := r.batch.Rows()
	for _, job := range r.active {
		if job.next != nil {
			r.pieces = append(r.pieces, decoder.Piece{Sequence: job.sequence, Tokens: job.next, Want: decoder.WantLast})
			r.owners = append(r.owners, job)
			room--
		}
	}
	for _, job := range r.active {
		if job.next != nil || room == 0 {
			continue
		}
		n := min(room, len(job.Tokens)-job.fed)
		r.pieces = append(r.pieces, decoder.Piece{Sequence: job.sequence, Tokens: job.Tokens[job.fed : job.fed+n], Want: job.want(n)})
		r.owners = append(r.owners, job)
		room -= n
	}
}
