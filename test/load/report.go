package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
)

// block is what a block of the chain had in it.
type block struct {
	height int64
	// begun is the time of its header, done that of the next one's: when most of the power had voted for it.
	begun, done time.Time
	// bytes of its transactions, and the gas they used.
	bytes, gas int64
	txs        []included
}

// included is a transaction of a block.
type included struct {
	hash [sha256.Size]byte
	// outcome is empty for success, else the module and the code of the error.
	outcome string
	gas     int64
}

// blocks reads all blocks from a height on, the newest included: it waits for the one after it.
func (n *network) blocks(ctx context.Context, from int64) ([]block, error) {
	rpc := n.nodes[0].rpc
	newest, err := n.chain.Latest(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the height: %w", err)
	}
	err = n.await(ctx, "one more block", func(ctx context.Context) (bool, error) {
		now, err := n.chain.Latest(ctx)
		return err == nil && now.Height > newest.Height, nil
	})
	if err != nil {
		return nil, err
	}
	var all []block
	for height := from; height <= newest.Height+1; height++ {
		found, err := rpc.Block(ctx, &height)
		if err != nil {
			return nil, fmt.Errorf("read block %d: %w", height, err)
		}
		if len(all) > 0 {
			all[len(all)-1].done = found.Block.Time
		}
		results, err := rpc.BlockResults(ctx, &height)
		if err != nil {
			return nil, fmt.Errorf("read the results of block %d: %w", height, err)
		}
		b := block{height: height, begun: found.Block.Time}
		for i, tx := range found.Block.Txs {
			result := results.TxsResults[i]
			b.bytes += int64(len(tx))
			b.gas += result.GasUsed
			in := included{hash: sha256.Sum256(tx), gas: result.GasUsed}
			if result.Code != abci.CodeTypeOK {
				in.outcome = fmt.Sprintf("%s %d", result.Codespace, result.Code)
			}
			b.txs = append(b.txs, in)
		}
		all = append(all, b)
	}
	return all[:len(all)-1], nil
}

// figures are what came of a stage.
type figures struct {
	*stage
	// done of each kind were in blocks and succeeded.
	done [kinds]int
	// lost were taken by a node and are in no block.
	lost int
	// refusals by nodes, and failures in blocks, by their reason.
	refusals, failures map[string]int
	// spent is how long it took until the last message was in a block.
	spent time.Duration
	// intervals between the blocks, and delays of messages until they were in a block; sorted.
	intervals, delays []time.Duration
	// fullest block by transactions, bytes and gas.
	txs        int
	bytes, gas int64
	// gasUsed by one message of each kind, at most.
	gasUsed [kinds]int64
	// size of one message of each kind, at most.
	size  [kinds]int
	cores float64
}

// judge finds the messages of a stage in the blocks.
func judge(s *stage, blocks []block) figures {
	f := figures{stage: s, refusals: map[string]int{}, failures: map[string]int{}}
	type place struct {
		block *block
		tx    included
	}
	places := map[[sha256.Size]byte]place{}
	for i := range blocks {
		for _, tx := range blocks[i].txs {
			places[tx.hash] = place{&blocks[i], tx}
		}
	}
	last := s.from
	for _, message := range s.sent {
		f.size[message.kind] = max(f.size[message.kind], message.size)
		if message.refusal != "" {
			f.refusals[message.refusal]++
			continue
		}
		at, found := places[message.hash]
		if !found {
			f.lost++
			continue
		}
		f.delays = append(f.delays, at.block.done.Sub(message.at))
		if at.block.done.After(last) {
			last = at.block.done
		}
		f.gasUsed[message.kind] = max(f.gasUsed[message.kind], at.tx.gas)
		if at.tx.outcome != "" {
			f.failures[at.tx.outcome]++
			continue
		}
		f.done[message.kind]++
	}
	if len(s.sent) == 0 {
		last = s.until
	}
	f.spent = last.Sub(s.from)
	for _, b := range blocks {
		if b.begun.Before(s.from) || b.done.After(last) {
			continue
		}
		f.intervals = append(f.intervals, b.done.Sub(b.begun))
		f.txs, f.bytes, f.gas = max(f.txs, len(b.txs)), max(f.bytes, b.bytes), max(f.gas, b.gas)
	}
	slices.Sort(f.intervals)
	slices.Sort(f.delays)
	f.cores = s.nodes.Seconds() / s.until.Sub(s.from).Seconds()
	return f
}

// at is a quantile of sorted durations; 0 where there are none.
func at(sorted []time.Duration, quantile float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(quantile*float64(len(sorted)-1))]
}

func mean(all []time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	return sum / time.Duration(max(len(all), 1))
}

// writeTable writes one table of all stages, in Markdown, and what was refused or lost.
func writeTable(out io.Writer, all []figures) {
	fmt.Fprintln(out, "| offered | done commits/s | done reveals/s | block s, mean / 95 % / longest | delay s, median / 95 % | fullest block: txs, MB, M gas | most waiting: txs, MB | cores of nodes |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|")
	for _, f := range all {
		fmt.Fprintf(out, "| %s | %.1f | %.1f | %.2f / %.2f / %.2f | %.2f / %.2f | %d, %.2f, %.1f | %d, %.1f | %.2f |\n", f.name,
			float64(f.done[commits])/f.spent.Seconds(), float64(f.done[reveals])/f.spent.Seconds(),
			mean(f.intervals).Seconds(), at(f.intervals, .95).Seconds(), at(f.intervals, 1).Seconds(),
			at(f.delays, .5).Seconds(), at(f.delays, .95).Seconds(),
			f.txs, float64(f.bytes)/megabyte, float64(f.gas)/megabyte, f.waiting.txs, float64(f.waiting.bytes)/megabyte, f.cores)
	}
	for _, f := range all {
		var notes []string
		for _, outcome := range []struct {
			what   string
			counts map[string]int
		}{{"refused by a node", f.refusals}, {"failed in a block", f.failures}} {
			for _, reason := range slices.Sorted(maps.Keys(outcome.counts)) {
				notes = append(notes, fmt.Sprintf("%d %s (%s)", outcome.counts[reason], outcome.what, reason))
			}
		}
		if f.lost > 0 {
			notes = append(notes, fmt.Sprintf("%d taken by a node and in no block", f.lost))
		}
		if len(notes) > 0 {
			fmt.Fprintf(out, "\n%s: %s.\n", f.name, strings.Join(notes, ", "))
		}
	}
	last := all[len(all)-1]
	for k := range kinds {
		fmt.Fprintf(out, "\nA %s takes %d bytes and %d gas at most.", k, last.size[k], last.gasUsed[k])
	}
	fmt.Fprintf(out, "\nSigning and sending took %.2f cores in the last stage.\n", last.load.Seconds()/last.until.Sub(last.from).Seconds())
}

const megabyte = 1e6
