package benchmark

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/spec"
)

// ErrSeed is wrapped by the error for a seed from which nothing may be drawn.
var ErrSeed = errors.New("seed of a draw is invalid")

// Tags begin what is hashed to the key of a draw, so that it can never equal what
// package chance hashes, nor one another.
const (
	tagDraw        = "agora/draw/2"
	tagCalibration = "agora/calibration/1"
	tagDeal        = "agora/deal/1"
	tagSample      = "agora/sample/1"
	tagSecret      = "agora/secret/1"
)

// maxChainIDBytes is what CometBFT allows a chain id to have.
const maxChainIDBytes = 50

// Seed is everything that a draw depends on besides the spec. Two draws that
// differ in any of it ask unrelated questions.
type Seed struct {
	ChainID   string   // chain id, 1 to 50 bytes
	Netuid    uint32   // subnet
	Benchmark uint32   // number of the benchmark on the subnet, from 0
	Version   uint32   // version of the benchmark
	Epoch     uint64   // epoch in which the questions are asked
	MinerID   uint64   // miner that is asked; without effect when the spec's domain is "shared"
	Beacon    [32]byte // randomness that the chain fixed at the start of the epoch
	// Secret is what the validator that asks mixes in, and opens with its evidence: the
	// beacon is public, and whoever knows all of a seed knows the answers, too. Questions
	// for calibration, which all validators ask, are drawn without it. Zero: nothing.
	Secret [32]byte
}

// Task is one answer that is asked of one miner.
type Task struct {
	Index       uint32            // number of the task in the miner's epoch: item times samples plus sample
	Item        uint32            // number of the question, from 0
	Sample      uint32            // number of the answer to the same question, from 0
	Calibration bool              // asked of every miner by every validator
	Seed        [32]byte          // key of the stream that the question was drawn from
	Question    question.Question // what is asked, and what is needed to score; empty with a fault
	Request     Request           // how to ask
	// Fault says why there is no question; the item abstains.
	Fault *Fault
}

// Request says how to put a question.
type Request struct {
	Endpoint         string        // path under /v1/, such as "chat/completions"
	System           string        // text of a system message; empty for none
	MaxTokens        uint32        // most tokens an answer may have
	TemperatureMilli uint32        // sampling temperature in thousandths
	Seed             uint64        // seed of the sampling, which nobody can choose; 0 at temperature 0
	Deadline         time.Duration // an answer that takes longer is no answer
}

// CountTokens is how many tokens of a completion count: what the miner claims, but no
// more than it was allowed, and none without a byte.
func (r Request) CountTokens(claimed uint32, completion string) uint32 {
	return uint32(min(uint64(claimed), uint64(r.MaxTokens), uint64(len(completion))))
}

// Draw returns what one miner is asked in one epoch by the validator whose share it
// is, in the order of their index. A question that cannot be had has a fault in its
// place, and the draw goes on. The error wraps [ErrSeed], or is that of ctx.
func (p *Program) Draw(ctx context.Context, seed Seed, share Share) ([]Task, error) {
	if len(seed.ChainID) < 1 || len(seed.ChainID) > maxChainIDBytes {
		return nil, fmt.Errorf("draw questions: %w: the chain id has %d bytes, must have 1 to %d", ErrSeed, len(seed.ChainID), maxChainIDBytes)
	}
	places := p.places(seed)
	dealt := p.deal(seed, share)
	samples := max(p.spec.Sampling.Samples, 1)
	tasks := make([]Task, 0, len(places)*int(samples))
	for i := range places {
		if !dealt(uint32(i)) {
			continue
		}
		asked, err := p.source.question(ctx, places[i])
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		task := Task{
			Item: uint32(i), Calibration: uint32(i) < p.spec.Sampling.CalibrationItems,
			Seed: places[i].seed, Question: asked, Request: p.request(),
		}
		if err != nil {
			task.Question, task.Fault = question.Question{}, asFault(err, ReasonQuestionFailed)
		} else if p.source.repeats && seenBefore(tasks, &asked) {
			task.Question, task.Fault = question.Question{}, &Fault{Reason: ReasonQuestionTwice, Err: fmt.Errorf("item %d asks what an item before it asks", i)}
		}
		for sample := range samples {
			task.Sample, task.Index = sample, uint32(i)*samples+sample
			if task.Request.TemperatureMilli > 0 {
				task.Request.Seed = sampleSeed(task.Seed, sample)
			}
			tasks = append(tasks, task)
		}
	}
	return tasks, nil
}

// Redraw returns one task of a draw, as an auditor does who holds a single item.
func (p *Program) Redraw(ctx context.Context, seed Seed, index uint32) (Task, error) {
	item := index / max(p.spec.Sampling.Samples, 1)
	only := Share{only: func(i uint32) bool { return i == item }}
	tasks, err := p.Draw(ctx, seed, only)
	if err != nil {
		return Task{}, err
	}
	for _, task := range tasks {
		if task.Index == index {
			return task, nil
		}
	}
	return Task{}, fmt.Errorf("draw item %d again: %w: the spec draws %d items", item, ErrSeed, p.spec.Sampling.ItemsPerMiner)
}

// Items is the number of questions of a whole draw, Answers that of the tasks.
func (p *Program) Items() int { return int(p.spec.Sampling.ItemsPerMiner) }

// Answers is how many answers a whole draw asks of one miner.
func (p *Program) Answers() int { return p.Items() * int(max(p.spec.Sampling.Samples, 1)) }

// Shared says that all miners of an epoch are asked the same: the draw of one, which
// must not be changed, is that of all.
func (p *Program) Shared() bool { return p.spec.Sampling.Domain == spec.SAMPLING_DOMAIN_SHARED }

func (p *Program) request() Request {
	return Request{
		Endpoint:         "chat/completions", // the only one that Validate lets through
		System:           p.spec.Request.System,
		MaxTokens:        p.spec.Request.MaxTokens,
		TemperatureMilli: p.spec.Request.TemperatureMilli,
		Deadline:         time.Duration(p.spec.Request.DeadlineMs) * time.Millisecond,
	}
}

// place is where a question comes from: the key of its stream and, for a data set, the
// position in it.
type place struct {
	seed     [32]byte
	position uint32
}

// places of all items of a draw: those for calibration first. It is cheap, and the
// same for all shares.
func (p *Program) places(seed Seed) []place {
	domain := p.spec.Sampling.Domain
	calibration, own := seed.key(tagCalibration, spec.SAMPLING_DOMAIN_SHARED), seed.mixed().key(tagDraw, domain)
	places := make([]place, p.spec.Sampling.ItemsPerMiner)
	taken := make(map[uint32]bool, len(places))
	for i := range places {
		key := own
		if uint32(i) < p.spec.Sampling.CalibrationItems {
			key = calibration
		}
		places[i].seed = chance.ItemSeed(key, uint64(i))
		if p.source.size == 0 {
			continue
		}
		// Without replacement: what was drawn before is skipped. Validate has seen to it
		// that there are at least as many items as are drawn.
		stream := chance.NewStream(places[i].seed)
		for {
			places[i].position = stream.Below(p.source.size)
			if !taken[places[i].position] {
				break
			}
		}
		taken[places[i].position] = true
	}
	return places
}

// seenBefore tells whether an item of the draw asks the same.
func seenBefore(tasks []Task, asked *question.Question) bool {
	for i := range tasks {
		if tasks[i].Fault == nil && tasks[i].Question.Prompt == asked.Prompt {
			return true
		}
	}
	return false
}

// sampleSeed is what a miner must seed its sampling with. It fits what servers take: a
// positive number of 53 bits, never 0.
func sampleSeed(itemSeed [32]byte, sample uint32) uint64 {
	in := append(make([]byte, 0, len(tagSample)+36), tagSample...)
	in = append(in, itemSeed[:]...)
	in = binary.BigEndian.AppendUint32(in, sample)
	digest := sha256.Sum256(in)
	return binary.BigEndian.Uint64(digest[:8])>>11 | 1
}

// mixed returns the seed with the secret mixed into its beacon.
func (s Seed) mixed() Seed {
	if s.Secret == [32]byte{} {
		return s
	}
	in := append(make([]byte, 0, len(tagSecret)+64), tagSecret...)
	in = append(in, s.Beacon[:]...)
	s.Beacon = sha256.Sum256(append(in, s.Secret[:]...))
	return s
}

// key is the sha256 of the seed, length-prefixed and under its own tag. Under the
// shared domain the miner is left out, and the domain's number keeps the two from
// ever meeting.
func (s Seed) key(tag string, domain spec.SamplingDomain) [32]byte {
	in := make([]byte, 0, 160)
	in = append(in, tag...)
	in = binary.BigEndian.AppendUint32(in, uint32(len(s.ChainID)))
	in = append(in, s.ChainID...)
	in = binary.BigEndian.AppendUint32(in, s.Netuid)
	in = binary.BigEndian.AppendUint32(in, s.Benchmark)
	in = binary.BigEndian.AppendUint32(in, s.Version)
	in = binary.BigEndian.AppendUint64(in, s.Epoch)
	in = append(in, byte(domain))
	if domain == spec.SAMPLING_DOMAIN_MINER {
		in = binary.BigEndian.AppendUint64(in, s.MinerID)
	}
	in = append(in, s.Beacon[:]...)
	return sha256.Sum256(in)
}
