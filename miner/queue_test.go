package miner

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func validatorOf(name string, power uint64) caller {
	return caller{id: name, power: power, validator: true}
}

// line fills a queue of one slot with callers and returns the order in which they get their turn.
func line(t *testing.T, callers []caller) []string {
	t.Helper()
	var order []string
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, len(callers), len(callers), time.Now)
		hold, err := q.acquire(t.Context(), caller{id: "first"})
		require.NoError(t, err)
		for _, c := range callers {
			go func() {
				release, err := q.acquire(context.Background(), c)
				if err == nil {
					order = append(order, c.id) // one slot: no two at once
					release()
				}
			}()
			synctest.Wait() // arrivals are in order
		}
		hold()
		synctest.Wait()
		running, waiting := q.depth()
		require.Zero(t, running)
		require.Zero(t, waiting)
	})
	return order
}

func TestValidatorsComeByPowerAndTheWeakStillCome(t *testing.T) {
	var arrivals []caller
	for range 9 {
		arrivals = append(arrivals, validatorOf("weak", 100), validatorOf("strong", 300))
	}
	order := line(t, arrivals)
	counts := map[string]int{}
	for _, name := range order[:12] {
		counts[name]++
	}
	require.Equal(t, 9, counts["strong"])
	require.Equal(t, 3, counts["weak"])
	require.Len(t, order, 18)
}

func TestEverybodyElseWaitsForTheValidators(t *testing.T) {
	guest := caller{id: "guest"}
	order := line(t, []caller{guest, guest, validatorOf("v", 1), guest, validatorOf("v", 1)})
	require.Equal(t, []string{"v", "v", "guest", "guest", "guest"}, order)
}

func TestAValidatorTakesTheLastGuestsPlaceInAFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 2, 2, time.Now)
		hold, err := q.acquire(t.Context(), caller{id: "first"})
		require.NoError(t, err)
		results := make([]error, 2)
		for i := range results {
			go func() {
				release, err := q.acquire(t.Context(), caller{id: fmt.Sprint("guest", i)})
				results[i] = err
				if err == nil {
					release()
				}
			}()
			synctest.Wait()
		}
		_, err = q.acquire(t.Context(), caller{id: "guest9"})
		require.ErrorIs(t, err, ErrQueueFull)
		served := false
		go func() {
			release, err := q.acquire(t.Context(), validatorOf("v", 5))
			if err == nil {
				served = true
				release()
			}
		}()
		synctest.Wait()
		require.ErrorIs(t, results[1], ErrQueueFull, "the newest guest gave way")
		hold()
		synctest.Wait()
		require.True(t, served)
		require.NoError(t, results[0])
	})
}

func TestOneCallerCannotFillTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 10, 2, time.Now)
		hold, err := q.acquire(t.Context(), validatorOf("v", 1))
		require.NoError(t, err)
		for range 2 {
			go func() {
				if release, err := q.acquire(t.Context(), validatorOf("v", 1)); err == nil {
					release()
				}
			}()
		}
		synctest.Wait()
		_, err = q.acquire(t.Context(), validatorOf("v", 1))
		require.ErrorIs(t, err, ErrCallerQueueFull)
		hold()
		synctest.Wait()
	})
}

func TestACallerThatGivesUpLeavesNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 4, 4, time.Now)
		hold, err := q.acquire(t.Context(), caller{id: "first"})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = q.acquire(ctx, validatorOf("v", 1))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		running, waiting := q.depth()
		require.Equal(t, 1, running)
		require.Zero(t, waiting)
		hold()
	})
}

func TestClosingRefusesTheWaitingAndLetsTheRunningFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 4, 4, time.Now)
		hold, err := q.acquire(t.Context(), caller{id: "first"})
		require.NoError(t, err)
		var waited error
		go func() { _, waited = q.acquire(t.Context(), validatorOf("v", 1)) }()
		synctest.Wait()
		q.close()
		synctest.Wait()
		require.ErrorIs(t, waited, ErrDraining)
		_, err = q.acquire(t.Context(), validatorOf("v", 1))
		require.ErrorIs(t, err, ErrDraining)
		hold()
		running, _ := q.depth()
		require.Zero(t, running)
	})
}

func TestRetryAfterFollowsHowLongAnswersTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 100, 100, time.Now)
		require.Equal(t, time.Second, q.retryAfter())
		for range 50 {
			release, err := q.acquire(t.Context(), caller{id: "a"})
			require.NoError(t, err)
			time.Sleep(4 * time.Second) //nolint:forbidigo // the bubble's clock, not the wall's
			release()
		}
		require.InDelta(t, 4, q.retryAfter().Seconds(), 0.1)
	})
}

// Whatever happens in whatever order: never more than slots run, never more than capacity wait, and in the end nothing
// is left.
func TestTheQueueKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots, capacity := rapid.IntRange(1, 3).Draw(t, "slots"), rapid.IntRange(0, 4).Draw(t, "capacity")
		q := newQueue(slots, capacity, 3, time.Now)
		var waiters, admitted []*waiter
		settle := func() {
			rest := waiters[:0]
			for _, w := range waiters {
				select {
				case err := <-w.result:
					if err == nil {
						admitted = append(admitted, w)
					}
				default:
					rest = append(rest, w)
				}
			}
			waiters = rest
		}
		steps := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 60).Draw(t, "steps")
		for _, step := range steps {
			switch {
			case step < 4:
				c := caller{id: fmt.Sprint(step)}
				if step < 2 {
					c = validatorOf(c.id, uint64(step)*10)
				}
				if w, err := q.enter(c); err == nil {
					waiters = append(waiters, w)
				}
			case step == 4 && len(admitted) > 0:
				admitted = admitted[1:]
				q.release(time.Millisecond)
			case step == 5 && len(waiters) > 0:
				if q.withdraw(waiters[0]) {
					waiters = waiters[1:]
				}
			}
			settle()
			running, waiting := q.depth()
			require.Equal(t, len(admitted), running)
			require.Equal(t, len(waiters), waiting)
			require.LessOrEqual(t, running, slots)
			require.LessOrEqual(t, waiting, capacity)
			require.True(t, waiting == 0 || running == slots, "nobody waits beside a free slot")
		}
		q.close()
		settle()
		require.Empty(t, waiters)
		require.Empty(t, q.waiting)
	})
}
