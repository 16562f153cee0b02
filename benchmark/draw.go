package benchmark

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/spec"
)

// ErrSeed is wrapped by the error for a seed from which nothing may be drawn.
var ErrSeed = errors.New("seed of a draw is invalid")

// tagDraw begins what is hashed to the key of a draw, so that it can never equal
// what package chance hashes.
const tagDraw = "agora/draw/2"

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
}

// Task is one question to one miner.
type Task struct {
	Index             uint32   // position in the draw, from 0
	Seed              [32]byte // key of the stream that the question was drawn from
	question.Question          // family, prompt and expected answer
	Request           Request  // how to ask
}

// Request says how to put a question.
type Request struct {
	Endpoint         string        // path under /v1/, such as "chat/completions"
	MaxTokens        uint32        // most tokens an answer may have
	TemperatureMilli uint32        // sampling temperature in thousandths
	Deadline         time.Duration // an answer that takes longer is no answer
}

// Draw returns the questions that one miner is asked in one epoch, in the order of
// their index. It costs about a microsecond a question. The error wraps
// [spec.ErrInvalid] or [ErrSeed].
func Draw(s *spec.Spec, seed Seed) ([]Task, error) {
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("draw questions: %w", err)
	}
	if len(seed.ChainID) < 1 || len(seed.ChainID) > maxChainIDBytes {
		return nil, fmt.Errorf("draw questions: %w: the chain id has %d bytes, must have 1 to %d", ErrSeed, len(seed.ChainID), maxChainIDBytes)
	}
	key := seed.key(s.Sampling.Domain)
	request := Request{
		Endpoint:         "chat/completions", // the only one that Validate lets through
		MaxTokens:        s.Request.MaxTokens,
		TemperatureMilli: s.Request.TemperatureMilli,
		Deadline:         time.Duration(s.Request.DeadlineMs) * time.Millisecond,
	}
	families := s.Source.GetBuiltin().Families
	tasks := make([]Task, s.Sampling.ItemsPerMiner)
	for i := range tasks {
		itemSeed := chance.ItemSeed(key, uint64(i))
		tasks[i] = Task{
			Index:    uint32(i),
			Seed:     itemSeed,
			Question: drawQuestion(itemSeed, families),
			Request:  request,
		}
	}
	return tasks, nil
}

// Redraw returns the question of one item from its seed, as an auditor does who
// holds the item but not the draw. The error wraps [spec.ErrInvalid].
func Redraw(s *spec.Spec, itemSeed [32]byte) (question.Question, error) {
	if err := s.Validate(); err != nil {
		return question.Question{}, fmt.Errorf("draw a question again: %w", err)
	}
	return drawQuestion(itemSeed, s.Source.GetBuiltin().Families), nil
}

// drawQuestion draws the family uniformly among those of the spec. With all families
// of basics/1 it is [generate.DrawBasics].
func drawQuestion(itemSeed [32]byte, families []string) question.Question {
	stream := chance.NewStream(itemSeed)
	return generate.DrawBasicsFamily(&stream, families[stream.Below(uint32(len(families)))])
}

// key is the sha256 of the seed, length-prefixed and under its own tag. Under the
// shared domain the miner is left out, and the domain's number keeps the two from
// ever meeting.
func (s Seed) key(domain spec.SamplingDomain) [32]byte {
	in := make([]byte, 0, 160)
	in = append(in, tagDraw...)
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
