//go:build unix

package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/store"
)

const (
	// tick is how long a block takes while a round is under way: the daemon looks at what has come once a block.
	tick = 10 * time.Millisecond
	// keepEpochs is how long evidence is kept here.
	keepEpochs = 2
	// lateRound is when a round is given up.
	lateRound = time.Minute
	// maxAnswer is what a validator reads of an answer by default, in bytes.
	maxAnswer = 256 << 10
)

// roundResult is what one round took in the validator's process.
type roundResult struct {
	// Wall is from the block from which on all questions are due until the commit of the row, which is on disk with its
	// evidence.
	Wall time.Duration
	// CPU counts until the commit has been read back; the reveal of the row before is in it, too.
	CPU time.Duration
	// System is the part of it that the system took.
	System time.Duration
	Peak   int64 // bytes, so far
	// Right is how many questions have the best score.
	Right int
	// Reasons count the others by why.
	Reasons map[string]int
	// Evidence is the length of the evidence in bytes.
	Evidence int
}

// runValidator is the process of the validator: the whole daemon, with its asker, its store and its evidence on disk. Only
// the chain is not real. Its first line says where the miners are, every other asks for a round.
func runValidator(ctx context.Context, s settings) (err error) {
	folder, err := os.MkdirTemp("", "roundbench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	v := &measured{settings: s, folder: folder}
	defer func() { err = errors.Join(err, v.close()) }()
	started := false
	return attend(func(endpoints []string) (any, error) {
		if !started {
			started = true
			return true, v.start(ctx, endpoints)
		}
		return v.round(ctx)
	})
}

// measured is a validator that runs.
type measured struct {
	settings settings
	folder   string

	chain    *oneSubnet
	store    *store.Store
	evidence *evidence.Store
	asker    *ask.Asker
	stop     context.CancelFunc
	done     chan error
	epoch    uint64
	unwatch  func()
}

func (v *measured) start(ctx context.Context, endpoints []string) error {
	s, err := measuredSpec(v.settings.items)
	if err != nil {
		return err
	}
	if v.chain, err = newChain(s, endpoints); err != nil {
		return err
	}
	if v.store, err = store.Open(filepath.Join(v.folder, "state.db"), chainID); err != nil {
		return err
	}
	if v.evidence, err = evidence.OpenStore(filepath.Join(v.folder, "evidence"), keepEpochs); err != nil {
		return err
	}
	key := callerKey
	v.asker, err = ask.New(ask.Config{ChainID: chainID, Signer: key, MaxAnswer: maxAnswer, MaxPerMiner: 4})
	if err != nil {
		return err
	}
	daemon, err := validator.New(validator.Options{
		ChainID: chainID, Hotkey: key.Address(), Chain: v.chain, Asker: v.asker, Store: v.store, Evidence: v.evidence, Benchmarks: benchmark.Env{},
		// A question that fails fails the benchmark; why, the validator says here.
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	ctx, v.stop = context.WithCancel(ctx)
	v.done = make(chan error, 1)
	go func() { v.done <- daemon.Run(ctx) }()
	return nil
}

// round lets one epoch pass.
func (v *measured) round(ctx context.Context) (result roundResult, err error) {
	if v.epoch == unsettledRounds {
		if v.unwatch, err = profile(v.settings.profile); err != nil {
			return result, err
		}
	}
	epoch := epochAt(v.epoch)
	v.epoch++
	ctx, cancel := context.WithTimeout(ctx, lateRound)
	defer cancel()
	start := time.Now()
	cpu, system := processorTime()
	// The last block at which questions are asked: all of them are due.
	height := epoch.StartHeight + blocks*60/100 - 1
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		v.chain.make(ctx, height)
		height++
		select {
		case <-v.chain.committed:
			result.Wall = time.Since(start)
		case <-ticker.C:
			continue
		case <-ctx.Done():
			return result, fmt.Errorf("round %d: no row after %s", epoch.Index, lateRound)
		}
		break
	}
	select {
	case <-v.chain.read:
	case <-ctx.Done():
		return result, fmt.Errorf("round %d: the commit was not read back", epoch.Index)
	}
	endCPU, endSystem := processorTime()
	result.CPU, result.System, result.Peak = endCPU-cpu, endSystem-system, peakMemory()
	return result, v.inspect(epoch.Index, &result)
}

// inspect looks whether the round was what it is held to be.
func (v *measured) inspect(epoch uint64, result *roundResult) error {
	key := store.Key{Netuid: netuid, Epoch: epoch, Hotkey: callerKey.Address()}
	row, found, err := v.store.Round(key)
	if err != nil || !found {
		return errors.Join(fmt.Errorf("%s has no row", key), err)
	}
	digest, err := hex.DecodeString(row.Evidence)
	if err != nil {
		return err
	}
	blob, err := v.evidence.Get([32]byte(digest))
	if err != nil {
		return err
	}
	log, err := evidence.DecodeLog(blob)
	if err != nil {
		return err
	}
	if root := log.Root(); string(root[:]) != string(row.Root) {
		return fmt.Errorf("%s: the evidence on disk has another root", key)
	}
	result.Evidence, result.Reasons = len(blob), map[string]int{}
	for i := range log.Len() {
		if item := log.Entry(i).Item; item.Score == benchmark.ScoreOne && len(item.Receipt) > 0 {
			result.Right++
		} else {
			result.Reasons[item.Reason]++
		}
	}
	return nil
}

func (v *measured) close() (err error) {
	if v.unwatch != nil {
		v.unwatch()
	}
	if v.stop != nil {
		v.stop()
		err = <-v.done
	}
	if v.asker != nil {
		v.asker.Close()
	}
	if v.store != nil {
		err = errors.Join(err, v.store.Close())
	}
	return err
}
