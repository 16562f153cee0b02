//go:build unix

package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/wire"
)

// part of the work on an item, in processor time.
type part struct {
	name string
	took time.Duration
	// miner says that it is not the validator's work.
	miner bool
	// instead says that it takes the place of the part before it, and is not part of the sum.
	instead bool
}

// exchange is one item with everything that belongs to it.
type exchange struct {
	task    benchmark.Task
	body    []byte // of the question
	request *wire.Request
	answer  []byte
	receipt wire.Receipt
	minerID uint64
	miner   *wire.KeySigner
}

// manyReceipts of a miner are enough for its key to have a table.
const manyReceipts = 48

// measureParts takes the work on an item to pieces. All but the last stand for one item; sealing is divided by those of a round.
func measureParts(ctx context.Context, s settings) (parts []part, err error) {
	declared, err := measuredSpec(s.items)
	if err != nil {
		return nil, err
	}
	program, err := benchmark.Open(ctx, declared, benchmark.Env{})
	if err != nil {
		return nil, err
	}
	defer program.Close()
	// One question of as many miners as there are, so that keys come as they do in a round.
	exchanges := make([]exchange, s.miners)
	for i := range exchanges {
		if exchanges[i], err = newExchange(ctx, program, uint64(i)+1); err != nil { //nolint:gosec // a count
			return nil, err
		}
	}
	next := 0
	each := func(work func(x *exchange) error) func() error {
		return func() error {
			x := &exchanges[next%len(exchanges)]
			next++
			return work(x)
		}
	}
	add := func(name string, miner bool, divisor int, work func() error) {
		if err != nil {
			return
		}
		var took time.Duration
		if took, err = processorTimeOf(work); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		parts = append(parts, part{name: name, took: took / time.Duration(divisor), miner: miner})
	}
	minerID := uint64(0)
	add("draw the question", false, s.items, func() error {
		minerID++
		_, err := program.Draw(ctx, seedOf(0, minerID), benchmark.Share{})
		return err
	})
	add("write and sign the request", false, 1, each(func(x *exchange) error {
		body, err := ask.RequestBody("", x.task)
		if err != nil {
			return err
		}
		request, err := signRequest(body, x.miner.Address())
		if err != nil {
			return err
		}
		request.SetHeaders(http.Header{})
		return nil
	}))
	add("verify the request", true, 1, each(func(x *exchange) error { return x.request.Verify() }))
	add("sign the receipt", true, 1, each(func(x *exchange) error {
		_, err := wire.NewReceipt(x.miner, x.request.Digest(), http.StatusOK, wire.BodyDigest(x.answer))
		return err
	}))
	verify := each(func(x *exchange) error {
		receipt, err := wire.ParseReceipt(x.receipt.String())
		if err != nil {
			return err
		}
		return receipt.Verify(x.request.Receiver, x.request.Digest(), wire.BodyDigest(x.answer))
	})
	add("verify the receipt", false, 1, verify)
	for range manyReceipts * len(exchanges) {
		if err == nil {
			err = verify()
		}
	}
	add("once the miner's key came often, and has a table", false, 1, verify)
	if err == nil {
		parts[len(parts)-1].instead = true
	}
	add("read and score the answer", false, 1, each(func(x *exchange) error {
		text, tokens, err := ask.Completion(x.answer)
		if err != nil {
			return err
		}
		batch := program.Batch()
		defer batch.Close()
		if verdict := batch.Score(ctx, &x.task, benchmark.Answer{Completion: text, Tokens: tokens}); verdict.Score != benchmark.ScoreOne {
			return fmt.Errorf("the right answer has the score %d", verdict.Score)
		}
		return nil
	}))
	if err != nil {
		return nil, err
	}
	return measureEvidence(s, program, exchanges, parts)
}

func newExchange(ctx context.Context, program *benchmark.Program, minerID uint64) (x exchange, err error) {
	x.minerID, x.miner = minerID, minerKey(minerID)
	tasks, err := program.Draw(ctx, seedOf(0, minerID), benchmark.Share{})
	if err != nil {
		return x, err
	}
	x.task = tasks[0]
	if x.body, err = ask.RequestBody("", x.task); err != nil {
		return x, err
	}
	if x.request, err = signRequest(x.body, x.miner.Address()); err != nil {
		return x, err
	}
	x.answer = completion(x.task.Question.Expected)
	x.receipt, err = wire.NewReceipt(x.miner, x.request.Digest(), http.StatusOK, wire.BodyDigest(x.answer))
	return x, err
}

func signRequest(body []byte, receiver string) (*wire.Request, error) {
	nonce, err := wire.NewNonce(time.Now(), rand.Reader)
	if err != nil {
		return nil, err
	}
	request := &wire.Request{
		ChainID: chainID, Netuid: netuid, Method: http.MethodPost, Target: path, Body: wire.BodyDigest(body), Nonce: nonce,
		Receiver: receiver,
	}
	return request, request.Sign(callerKey)
}

// measureEvidence adds what the evidence of a round takes: digests, tree, encoding, and the file on disk.
func measureEvidence(s settings, program *benchmark.Program, exchanges []exchange, parts []part) (_ []part, err error) {
	folder, err := os.MkdirTemp("", "roundbench")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	blobs, err := evidence.OpenStore(folder, keepEpochs)
	if err != nil {
		return nil, err
	}
	kept := evidence.Context{SpecDigest: program.Digest(), Blocks: blocks, Validators: []string{callerKey.Address()}}
	for i := range exchanges {
		kept.Miners = append(kept.Miners, evidence.Miner{ID: exchanges[i].minerID, Hotkey: exchanges[i].miner.Address()})
	}
	epoch := uint64(0)
	took, err := processorTimeOf(func() error {
		epoch++
		entries := make([]evidence.Entry, 0, len(exchanges)*s.items)
		for i := range exchanges {
			for index := range s.items {
				entry, err := exchanges[i].entry(index)
				if err != nil {
					return err
				}
				entries = append(entries, entry)
			}
		}
		log, err := evidence.NewLog(evidence.Header{
			ChainID: chainID, Netuid: netuid, Version: version, Epoch: epoch, Hotkey: callerKey.Address(),
		}, kept, entries)
		if err != nil {
			return err
		}
		blob, err := log.Encode()
		if err != nil {
			return err
		}
		if _, err := blobs.Put(evidence.Ref{Netuid: netuid, Epoch: epoch}, blob); err != nil {
			return err
		}
		_, err = blobs.Prune(netuid, epoch)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return append(parts, part{name: "evidence: digests, tree, file", took: took / time.Duration(s.miners*s.items)}), nil
}

func (x *exchange) entry(index int) (evidence.Entry, error) {
	question, err := x.task.Question.Digest()
	return evidence.Entry{
		Item: evidence.Item{
			MinerID: x.minerID, Index: uint32(index), Seed: x.task.Seed, Question: question, Input: sha256.Sum256(x.body), //nolint:gosec // a count
			Output: sha256.Sum256(x.answer), Outcome: evidence.OutcomeScored, Score: evidence.MaxScore, Tokens: 4, Receipt: []byte(x.receipt.String()),
			Request: evidence.Request{Millis: x.request.Nonce.Millis, Nonce: x.request.Nonce.Random},
		},
		Output: x.answer,
	}, err
}
