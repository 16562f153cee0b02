package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// kind of a message.
type kind int

const (
	commits kind = iota
	reveals
	kinds
)

// String names the kind.
func (k kind) String() string { return [kinds]string{"commit", "reveal"}[k] }

// job is a message to be sent at a time.
type job struct {
	row  *row
	kind kind
	// due is when to send it, counted from the beginning of the load.
	due time.Duration
}

// message of the job.
func (j job) message() (sdk.Msg, error) {
	if j.kind == commits {
		return j.row.commit()
	}
	return j.row.reveal()
}

// schedule spreads rows evenly over a span: some to be opened, others to be bound.
func schedule(opened, bound []*row, span time.Duration) []job {
	jobs := make([]job, 0, len(opened)+len(bound))
	for k, rows := range [kinds][]*row{commits: bound, reveals: opened} {
		for i, r := range rows {
			jobs = append(jobs, job{row: r, kind: kind(k), due: time.Duration(i) * span / time.Duration(len(rows))})
		}
	}
	slices.SortStableFunc(jobs, func(a, b job) int { return int(a.due - b.due) })
	return jobs
}

// sending is what became of a job at the node that it was sent to.
type sending struct {
	job
	hash [sha256.Size]byte
	size int
	// at is when it was sent, answered when the node said whether it takes it.
	at, answered time.Time
	// refusal by the node; empty when it took the message.
	refusal string
}

// gasLimits of each kind of message.
type gasLimits [kinds]uint64

// timeToLive of a transaction, as the validator program has it.
const timeToLive = time.Minute

// offer sends every job at its time, whatever became of those before, and returns when each was answered.
func (n *network) offer(ctx context.Context, jobs []job, gas gasLimits) []sending {
	var mu sync.Mutex
	var all []sending
	queues := make([]chan job, len(n.nodes))
	var senders sync.WaitGroup
	for i, node := range n.nodes {
		queues[i] = make(chan job, len(jobs))
		for range n.connections {
			senders.Go(func() {
				for j := range queues[i] {
					done := node.send(ctx, j, gas[j.kind])
					mu.Lock()
					all = append(all, done)
					mu.Unlock()
				}
			})
		}
	}
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for _, j := range jobs {
		timer.Reset(time.Until(began.Add(j.due)))
		select {
		case <-ctx.Done():
		case <-timer.C:
			queues[j.row.key.node] <- j
		}
	}
	for _, queue := range queues {
		close(queue)
	}
	senders.Wait()
	return all
}

// send signs a message and hands it to the node.
func (n *node) send(ctx context.Context, j job, gas uint64) sending {
	done := sending{job: j, at: time.Now()}
	message, err := j.message()
	if err != nil {
		done.refusal = err.Error()
		return done
	}
	signed, err := j.row.key.sign(message, gas, j.row.key.nextTimeout(done.at))
	if err != nil {
		done.refusal = err.Error()
		return done
	}
	done.hash, done.size = sha256.Sum256(signed), len(signed)
	result, err := n.rpc.BroadcastTxSync(ctx, signed)
	done.answered = time.Now()
	switch {
	case err != nil:
		done.refusal = err.Error()
	case result.Code != abci.CodeTypeOK:
		done.refusal = fmt.Sprintf("%s %d", result.Codespace, result.Code)
	}
	return done
}

// gasAdjustment is what the validator program multiplies simulated gas by.
const gasAdjustment = 2

// simulate asks a node what a message costs and returns the limit to send it with.
func (n *node) simulate(ctx context.Context, j job) (uint64, error) {
	message, err := j.message()
	if err != nil {
		return 0, err
	}
	signed, err := j.row.key.sign(message, 0, j.row.key.nextTimeout(time.Now()))
	if err != nil {
		return 0, err
	}
	answer, err := n.rpc.ABCIQuery(ctx, "/app/simulate", signed)
	if err != nil {
		return 0, fmt.Errorf("simulate a %s: %w", j.kind, err)
	}
	if answer.Response.Code != abci.CodeTypeOK {
		return 0, fmt.Errorf("simulate a %s: %s %d: %s", j.kind, answer.Response.Codespace, answer.Response.Code, answer.Response.Log)
	}
	var simulated struct {
		GasInfo struct {
			GasUsed string `json:"gas_used"`
		} `json:"gas_info"`
	}
	if err := json.Unmarshal(answer.Response.Value, &simulated); err != nil {
		return 0, fmt.Errorf("simulate a %s: decode the answer: %w", j.kind, err)
	}
	used, err := strconv.ParseUint(simulated.GasInfo.GasUsed, 10, 48)
	return used * gasAdjustment, err
}
