package decoder

import (
	"sync"
	"sync/atomic"
)

// team runs tasks on several threads. The tasks of a run write to different
// places, so their order does not matter.
type team struct{ threads int }

// smallWork is how many multiplications are done sooner than a second thread is
// woken.
const smallWork = 1 << 20

// run calls task for 0..tasks-1. worker is below threads and no two calls with
// the same worker overlap. work is the number of multiplications in all.
func (t team) run(tasks, work int, task func(worker, i int)) {
	threads := min(t.threads, tasks, 1+work/smallWork)
	if threads <= 1 {
		for i := range tasks {
			task(0, i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	loop := func(worker int) {
		for i := int(next.Add(1)) - 1; i < tasks; i = int(next.Add(1)) - 1 {
			task(worker, i)
		}
	}
	for worker := 1; worker < threads; worker++ {
		group.Go(func() { loop(worker) })
	}
	loop(0)
	group.Wait()
}
