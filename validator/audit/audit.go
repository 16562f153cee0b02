// Package audit recomputes the evidence of an epoch from public facts: whoever has the evidence and the chain can run it.
package audit

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/wire"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Facts are what the chain says.
type Facts struct {
	// Benchmark is the benchmark and version that the evidence names.
	Benchmark subnettypes.BenchmarkVersion
	// Miners registered now; receipts of others cannot be matched to a hotkey.
	Miners []subnettypes.Miner
	// Row as revealed; nil when the chain shows none.
	Row *subnettypes.ScoreRow
}

// Report is what an audit found.
type Report struct {
	// Items in the evidence; Rescored of them scored again from a kept answer; Receipts checked.
	Items    int `json:"items"`
	Rescored int `json:"rescored"`
	Receipts int `json:"receipts"`
	// OnChain is whether the root was compared with a revealed one.
	OnChain bool `json:"on_chain"`
	// Problems are the differences, at most maxProblems and one that says how many more.
	Problems []string `json:"problems"`
}

// maxProblems bounds a report.
const maxProblems = 50

// Verify draws every question again, scores every kept answer again and checks every receipt. It fails only when the
// benchmark itself cannot be used, or is not the one that the evidence names.
func Verify(log *evidence.Log, facts Facts) (Report, error) {
	if header := log.Header(); header.Benchmark != facts.Benchmark.Benchmark || header.Version != facts.Benchmark.Version {
		return Report{}, fmt.Errorf("the evidence is of benchmark %d version %d, not of benchmark %d version %d",
			header.Benchmark, header.Version, facts.Benchmark.Benchmark, facts.Benchmark.Version)
	}
	if digest := sha256.Sum256(facts.Benchmark.Spec); !bytes.Equal(digest[:], facts.Benchmark.Digest) {
		return Report{}, fmt.Errorf("benchmark version %d is not what its digest says", facts.Benchmark.Version)
	}
	s, err := spec.Decode(facts.Benchmark.Spec)
	if err != nil {
		return Report{}, fmt.Errorf("benchmark version %d: %w", facts.Benchmark.Version, err)
	}
	report := Report{Items: log.Len(), Problems: []string{}}
	found := 0
	complain := func(format string, args ...any) {
		if found++; found <= maxProblems {
			report.Problems = append(report.Problems, fmt.Sprintf(format, args...))
		}
	}
	root := log.Root()
	if facts.Row != nil {
		report.OnChain = true
		if !bytes.Equal(root[:], facts.Row.EvidenceRoot) {
			complain("the root is %x, the chain shows %x", root, facts.Row.EvidenceRoot)
		}
		if uint64(log.Len()) != facts.Row.Items { //nolint:gosec // a length
			complain("%d items, the chain shows %d", log.Len(), facts.Row.Items)
		}
	}
	hotkeys := make(map[uint64]string, len(facts.Miners))
	for _, miner := range facts.Miners {
		hotkeys[miner.MinerId] = miner.Hotkey
	}
	for i := range log.Len() {
		entry := log.Entry(i)
		name := fmt.Sprintf("item %d of miner %d", entry.Item.Index, entry.Item.MinerID)
		if entry.Item.Outcome == evidence.OutcomeScored {
			rescored, err := rescore(s, entry)
			switch {
			case err != nil:
				complain("%s: %v", name, err)
			case rescored:
				report.Rescored++
			}
		}
		if len(entry.Item.Receipt) > 0 {
			report.Receipts++
			if err := checkReceipt(entry.Item, hotkeys[entry.Item.MinerID]); err != nil {
				complain("%s: %v", name, err)
			}
		} else if entry.Item.Outcome == evidence.OutcomeScored {
			complain("%s: scored without a receipt", name)
		}
	}
	if found > maxProblems {
		report.Problems = append(report.Problems, fmt.Sprintf("and %d more", found-maxProblems))
	}
	return report, nil
}

// rescore scores a kept answer again; it reports false where the answer was too large to be kept.
func rescore(s *spec.Spec, entry evidence.Entry) (bool, error) {
	if entry.Output == nil {
		return false, nil
	}
	question, err := benchmark.Redraw(s, entry.Item.Seed)
	if err != nil {
		return false, err
	}
	completion, err := ask.Completion(entry.Output)
	if err != nil {
		return false, fmt.Errorf("scored, but %w", err)
	}
	score := benchmark.ScoreItem(s, benchmark.Task{Question: question}, completion)
	if score != entry.Item.Score {
		return false, fmt.Errorf("score %d, recomputed %d for the answer to %q", entry.Item.Score, score, question.Prompt)
	}
	return true, nil
}

// checkReceipt checks that a miner signed the response. hotkey is empty when it is not known any more.
func checkReceipt(item evidence.Item, hotkey string) error {
	receipt, err := wire.ParseReceipt(string(item.Receipt))
	if err != nil {
		return err
	}
	if hotkey == "" {
		if hotkey, err = receipt.Signer(); err != nil {
			return err
		}
	}
	return receipt.Verify(hotkey, receipt.Request, wire.Digest(item.Output))
}
