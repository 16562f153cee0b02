package chaintest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/bech32"

	"github.com/agora-network/agora/x/subnet/scorehash"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Subnet is one running subnet of a [Node], by the rules of x/subnet as far as daemons meet them: epochs by height, and
// commits and reveals by transaction. Change its fields before the node is used.
type Subnet struct {
	Netuid  uint32
	Tempo   int64
	Permits []subnettypes.Permit
	Miners  []subnettypes.Miner
	// Benchmarks by their number; they share the emission equally.
	Benchmarks []subnettypes.BenchmarkVersion
	// Direct lets hotkeys set their rows in the open.
	Direct bool

	node    *Node
	chainID string
	commits map[scored]subnettypes.ScoreCommit
	rows    map[scored]subnettypes.ScoreRow
	// paused is the height of a pause, 0 without one; removed is whether there is no such subnet any more.
	paused  int64
	removed bool
	// index is the epoch that began at start: 0 at height 1, or the first one after a pause.
	index uint64
	start int64
}

// Pause pauses the subnet at a height, as governance may.
func (s *Subnet) Pause(height int64) { s.node.set(func() { s.paused = height }) }

// Resume lets a paused subnet go on: the next epoch begins in the block after height.
func (s *Subnet) Resume(height int64) {
	s.node.set(func() { s.index, s.start, s.paused = s.epochAt(s.paused).Index+1, height+1, 0 })
}

// Remove removes the subnet, as a registration may that finds no room.
func (s *Subnet) Remove() { s.node.set(func() { s.removed = true }) }

type scored struct {
	epoch     uint64
	benchmark uint32
	hotkey    string
}

// AddSubnet lets a node answer for a subnet whose benchmarks have the given canonical spec bytes. A node has one.
func (n *Node) AddSubnet(netuid uint32, tempo int64, specs ...[]byte) *Subnet {
	s := &Subnet{
		Netuid: netuid, Tempo: tempo, node: n, chainID: n.chainID,
		commits: map[scored]subnettypes.ScoreCommit{}, rows: map[scored]subnettypes.ScoreRow{}, start: 1,
	}
	for i, spec := range specs {
		digest := sha256.Sum256(spec)
		s.Benchmarks = append(s.Benchmarks, subnettypes.BenchmarkVersion{
			Netuid: netuid, Benchmark: uint32(i), Version: 1, Spec: spec, Digest: digest[:], //nolint:gosec // a handful
		})
	}
	const path = "/agora.subnet.v1.Query/"
	n.OnQuery(path+"Subnets", func(height int64, _ []byte) Result {
		if s.removed {
			return encode(&subnettypes.QuerySubnetsResponse{})
		}
		return encode(&subnettypes.QuerySubnetsResponse{Subnets: []subnettypes.Subnet{s.subnetAt(height)}})
	})
	n.OnQuery(path+"Subnet", func(height int64, _ []byte) Result {
		if s.removed {
			return NotFound()
		}
		return encode(&subnettypes.QuerySubnetResponse{Subnet: s.subnetAt(height)})
	})
	n.OnQuery(path+"Epoch", func(height int64, _ []byte) Result {
		switch {
		case s.removed:
			return NotFound()
		case s.paused != 0: // a query does not carry the code of a module's error
			return Result{Code: 18, Codespace: "sdk", Log: subnettypes.ErrSubnetPaused.Error()}
		}
		epoch := s.epochAt(height)
		if height == epoch.EndHeight { // closed: the next one has no beacon yet
			next := s.epochAt(height + 1)
			next.Beacon, next.Permits = nil, nil
			return encode(&subnettypes.QueryEpochResponse{Epoch: next, Height: height})
		}
		return encode(&subnettypes.QueryEpochResponse{Epoch: epoch, Height: height, RevealUntil: epoch.StartHeight + tempo/2 - 1})
	})
	n.OnQuery(path+"PastEpoch", func(height int64, data []byte) Result {
		var query subnettypes.QueryPastEpochRequest
		if err := query.Unmarshal(data); err != nil {
			return Result{Code: 18, Codespace: "sdk", Log: err.Error()}
		}
		// Those of before a pause are forgotten.
		if now := s.epochAt(height); query.Index < s.index || query.Index > now.Index {
			return NotFound()
		}
		return encode(&subnettypes.QueryPastEpochResponse{Epoch: s.epochAt(s.start + int64(query.Index-s.index)*s.Tempo)}) //nolint:gosec // a handful
	})
	n.OnQuery(path+"Benchmark", func(_ int64, data []byte) Result {
		var query subnettypes.QueryBenchmarkRequest
		if err := query.Unmarshal(data); err != nil {
			return Result{Code: 18, Codespace: "sdk", Log: err.Error()}
		}
		if int(query.Benchmark) >= len(s.Benchmarks) {
			return NotFound()
		}
		return encode(&subnettypes.QueryBenchmarkResponse{Benchmark: s.Benchmarks[query.Benchmark]})
	})
	n.OnQuery(path+"Miners", func(int64, []byte) Result {
		return encode(&subnettypes.QueryMinersResponse{Miners: s.Miners})
	})
	n.OnQuery(path+"Commit", func(_ int64, data []byte) Result {
		var query subnettypes.QueryCommitRequest
		if err := query.Unmarshal(data); err != nil {
			return Result{Code: 18, Codespace: "sdk", Log: err.Error()}
		}
		commit, found := s.commits[scored{query.Epoch, query.Benchmark, query.Hotkey}]
		if !found {
			return NotFound()
		}
		return encode(&subnettypes.QueryCommitResponse{Commit: commit})
	})
	n.OnQuery(path+"Row", func(_ int64, data []byte) Result {
		var query subnettypes.QueryRowRequest
		if err := query.Unmarshal(data); err != nil {
			return Result{Code: 18, Codespace: "sdk", Log: err.Error()}
		}
		row, found := s.rows[scored{query.Epoch, query.Benchmark, query.Hotkey}]
		if !found {
			return NotFound()
		}
		return encode(&subnettypes.QueryRowResponse{Row: row})
	})
	n.OnDeliver(s.deliver)
	return s
}

// Committed is what a hotkey committed for a benchmark in an epoch, and whether it did.
func (s *Subnet) Committed(epoch uint64, benchmark uint32, hotkey string) (commit subnettypes.ScoreCommit, found bool) {
	s.node.set(func() { commit, found = s.commits[scored{epoch, benchmark, hotkey}] })
	return commit, found
}

func encode(message interface{ Marshal() ([]byte, error) }) Result {
	data, err := message.Marshal()
	if err != nil {
		return Result{Code: 1, Codespace: "sdk", Log: err.Error()}
	}
	return Result{Data: data}
}

// subnetAt is what the chain says of the subnet at a height.
func (s *Subnet) subnetAt(height int64) subnettypes.Subnet {
	epoch := s.epochAt(max(height, s.start))
	return subnettypes.Subnet{
		Netuid: s.Netuid, Status: subnettypes.SUBNET_STATUS_ACTIVE, PausedHeight: s.paused, Epoch: epoch.Index, EpochStartHeight: epoch.StartHeight,
		Params: subnettypes.SubnetParams{DirectScores: s.Direct},
	}
}

// epochAt is the epoch under way at a height; epoch 0 starts at height 1.
func (s *Subnet) epochAt(height int64) subnettypes.Epoch {
	since := (height - s.start) / s.Tempo
	index, start := s.index+uint64(since), s.start+since*s.Tempo //nolint:gosec // heights begin at start
	beacon := sha256.Sum256(binary.BigEndian.AppendUint64(nil, index))
	epoch := subnettypes.Epoch{
		Netuid: s.Netuid, Index: index, StartHeight: start, EndHeight: start + s.Tempo - 1, Beacon: beacon[:], Permits: s.Permits,
	}
	for _, b := range s.Benchmarks {
		epoch.Benchmarks = append(epoch.Benchmarks, subnettypes.EpochBenchmark{
			Benchmark: b.Benchmark, Version: b.Version, ShareBp: subnettypes.BasisPoints / uint32(len(s.Benchmarks)), //nolint:gosec // a handful
		})
	}
	return epoch
}

func (s *Subnet) deliver(height int64, tx Tx) Result {
	for _, message := range tx.Body.Messages {
		err := s.halted()
		switch message.TypeUrl {
		case "/agora.subnet.v1.MsgCommitScores":
			if err == nil {
				err = s.commit(height, message.Value)
			}
		case "/agora.subnet.v1.MsgRevealScores":
			if err == nil {
				err = s.reveal(height, message.Value)
			}
		case "/agora.subnet.v1.MsgSetScores":
			if err == nil {
				err = s.setScores(height, message.Value)
			}
		default:
			err = fmt.Errorf("the fake subnet does not know %s", message.TypeUrl)
		}
		if registered, ok := err.(interface { //nolint:errorlint // the errors made here are not wrapped
			Codespace() string
			ABCICode() uint32
		}); ok {
			return Result{Code: registered.ABCICode(), Codespace: registered.Codespace(), Log: err.Error()}
		}
		if err != nil {
			return Result{Code: 1, Codespace: "sdk", Log: err.Error()}
		}
	}
	return Result{}
}

// halted is the refusal of scores for a subnet that is removed or paused.
func (s *Subnet) halted() error {
	switch {
	case s.removed:
		return subnettypes.ErrSubnetNotFound
	case s.paused != 0:
		return subnettypes.ErrSubnetPaused
	default:
		return nil
	}
}

func (s *Subnet) commit(height int64, data []byte) error {
	var m subnettypes.MsgCommitScores
	if err := m.Unmarshal(data); err != nil {
		return err
	}
	key := scored{m.Epoch, m.Benchmark, m.Hotkey}
	if m.Epoch != s.epochAt(height).Index {
		return subnettypes.ErrWrongEpoch
	}
	if s.Direct {
		return subnettypes.ErrDirectScores
	}
	if _, found := s.commits[key]; found {
		return subnettypes.ErrAlreadyCommitted
	}
	s.commits[key] = subnettypes.ScoreCommit{
		Netuid: m.Netuid, Epoch: m.Epoch, Hotkey: m.Hotkey, Benchmark: m.Benchmark, BenchmarkVersion: m.BenchmarkVersion, Hash: m.Hash,
		Height: height,
	}
	return nil
}

func (s *Subnet) reveal(height int64, data []byte) error {
	var m subnettypes.MsgRevealScores
	if err := m.Unmarshal(data); err != nil {
		return err
	}
	_, address, err := bech32.DecodeAndConvert(m.Hotkey)
	if err != nil {
		return err
	}
	hash, err := scorehash.Hash(scorehash.Row{
		ChainID: s.chainID, Netuid: m.Netuid, Benchmark: m.Benchmark, BenchmarkVersion: m.BenchmarkVersion, Epoch: m.Epoch, Hotkey: address,
		MinerIDs: m.MinerIds, Weights: m.Weights, EvidenceRoot: m.EvidenceRoot, Items: m.Items, Salt: m.Salt,
	})
	if err != nil {
		return err
	}
	key, epoch := scored{m.Epoch, m.Benchmark, m.Hotkey}, s.epochAt(height)
	commit, found := s.commits[key]
	switch {
	case !found:
		return subnettypes.ErrNoCommit
	case m.Epoch+1 != epoch.Index || height > epoch.StartHeight+s.Tempo/2-1:
		return subnettypes.ErrRevealTooLate
	case commit.Revealed:
		return subnettypes.ErrAlreadyRevealed
	case string(hash[:]) != string(commit.Hash):
		return subnettypes.ErrHashMismatch
	}
	commit.Revealed = true
	s.commits[key] = commit
	s.rows[key] = subnettypes.ScoreRow{
		Netuid: m.Netuid, Epoch: m.Epoch, Hotkey: m.Hotkey, Benchmark: m.Benchmark, BenchmarkVersion: m.BenchmarkVersion,
		MinerIds: m.MinerIds, Weights: m.Weights, EvidenceRoot: m.EvidenceRoot, Items: m.Items, Height: height,
	}
	return nil
}

func (s *Subnet) setScores(height int64, data []byte) error {
	var m subnettypes.MsgSetScores
	if err := m.Unmarshal(data); err != nil {
		return err
	}
	key := scored{m.Epoch, m.Benchmark, m.Hotkey}
	_, repeated := s.rows[key]
	switch {
	case !s.Direct:
		return subnettypes.ErrCommitRevealOnly
	case m.Epoch != s.epochAt(height).Index:
		return subnettypes.ErrWrongEpoch
	case repeated:
		return subnettypes.ErrScoresSetAlready
	}
	s.rows[key] = subnettypes.ScoreRow{
		Netuid: m.Netuid, Epoch: m.Epoch, Hotkey: m.Hotkey, Benchmark: m.Benchmark, BenchmarkVersion: m.BenchmarkVersion,
		MinerIds: m.MinerIds, Weights: m.Weights, EvidenceRoot: m.EvidenceRoot, Items: m.Items, Height: height,
	}
	return nil
}
