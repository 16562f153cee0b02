package view

import (
	"time"

	"github.com/agora-network/agora/localnet/supervise"
)

// Phase is where a network stands.
type Phase string

const (
	// Down: no supervisor runs.
	Down Phase = "down"
	// Starting: programs and transactions are under way; Step says which.
	Starting Phase = "starting"
	// Up: the subnet runs.
	Up Phase = "up"
	// Ending: everything is being stopped.
	Ending Phase = "stopping"
	// Failed: the start went wrong; Error says how.
	Failed Phase = "failed"
)

// Snapshot is a network at one moment. Shares are of 1; amounts are in uagora.
type Snapshot struct {
	Home    string `json:"home"`
	ChainID string `json:"chain_id,omitempty"`
	Phase   Phase  `json:"phase"`
	// Step is what a start is busy with.
	Step string `json:"step,omitempty"`
	// Error says why a start failed, or why the chain cannot be read.
	Error string `json:"error,omitempty"`

	// Height of the last block that was looked at.
	Height int64 `json:"height,omitempty"`
	// BlockTime is when that block was made.
	BlockTime time.Time `json:"block_time,omitzero"`
	// BlockSeconds is the mean time between the last blocks.
	BlockSeconds float64 `json:"block_seconds,omitempty"`
	Epoch        Epoch   `json:"epoch"`
	// Benchmarks of the last closed epoch, by ascending number.
	Benchmarks []Benchmark `json:"benchmarks,omitempty"`

	Nodes      []Node      `json:"nodes"`
	Validators []Validator `json:"validators"`
	Miners     []Miner     `json:"miners"`

	// ClientHome is what "agorad --home" takes to use the network's keys.
	ClientHome string `json:"client_home,omitempty"`
	// Timings tells how long the start took.
	Timings Timings `json:"timings"`
}

// Epoch is the epoch under way and the last that was paid.
type Epoch struct {
	// Started is false until the subnet was started.
	Started bool   `json:"started"`
	Index   uint64 `json:"index"`
	Tempo   uint64 `json:"tempo"`
	// BlocksLeft until the epoch may close.
	BlocksLeft int64 `json:"blocks_left"`
	// Closed counts the epochs that were closed; Paid is what the last one paid.
	Closed uint64 `json:"closed"`
	Paid   uint64 `json:"paid"`
}

// Benchmark is one of the benchmarks that the subnet is paid for.
type Benchmark struct {
	Number uint32 `json:"number"`
	// ShareBP of the subnet's emission, in basis points.
	ShareBP uint32 `json:"share_bp"`
}

// Share of the subnet's emission, of 1.
func (b Benchmark) Share() float64 { return float64(b.ShareBP) / 10_000 }

// Program is the process behind a node, validator or miner.
type Program struct {
	State supervise.State `json:"state"`
	PID   int             `json:"pid,omitempty"`
	// Exit says how the last process ended.
	Exit string `json:"exit,omitempty"`
	Log  string `json:"log"`
}

// Node is a consensus node.
type Node struct {
	Name    string  `json:"name"`
	Program Program `json:"program"`
	// Operator is the account behind the node's validator.
	Operator  string `json:"operator"`
	Validator string `json:"validator"`
	Height    int64  `json:"height,omitempty"`
	// CatchingUp while the node is behind.
	CatchingUp bool   `json:"catching_up,omitempty"`
	RPC        string `json:"rpc"`
	REST       string `json:"rest"`
	GRPC       string `json:"grpc"`
	Metrics    string `json:"metrics"`
}

// Validator is a scoring process.
type Validator struct {
	Name    string  `json:"name"`
	Program Program `json:"program"`
	// Validator is the operator address it scores for, Hotkey what it signs with.
	Validator string `json:"validator"`
	Hotkey    string `json:"hotkey"`
	// Power is the scoring power in uagora.
	Power uint64 `json:"power"`
	// Revealed tells whether its rows of all benchmarks were opened in the last closed epoch.
	Revealed  bool    `json:"revealed"`
	Trust     float64 `json:"trust"`
	Dividends float64 `json:"dividends"`
	// Earned is the sum of all dividends, in uagora.
	Earned uint64 `json:"earned"`
	// Commits and Missed count the epochs of every benchmark; Missed is the commits that never came and the rows that were
	// never opened.
	Commits uint64 `json:"commits"`
	Missed  uint64 `json:"missed"`
	URL     string `json:"url"`
}

// Miner is a miner process.
type Miner struct {
	Name    string  `json:"name"`
	Program Program `json:"program"`
	// Registered is false before the miner has a slot; UID and MinerID are 0 until then.
	Registered bool   `json:"registered"`
	UID        uint32 `json:"uid"`
	MinerID    uint64 `json:"miner_id"`
	Owner      string `json:"owner"`
	Hotkey     string `json:"hotkey"`
	// Model is what the miner says it serves, Backend what it was started with.
	Model   string `json:"model"`
	Backend string `json:"backend"`
	// Score is the mean weight of the rows opened last, where the best miner of a row has 1, over the benchmarks by their
	// shares.
	Score float64 `json:"score"`
	// Incentive is the share of the last epoch's miner emission, over the benchmarks by their shares.
	Incentive float64 `json:"incentive"`
	// Benchmarks are its parts in Snapshot.Benchmarks, in the same order.
	Benchmarks []Part `json:"benchmarks,omitempty"`
	// Earned is the sum of all epochs, in uagora; Claimable is the part not yet claimed.
	Earned    uint64 `json:"earned"`
	Claimable uint64 `json:"claimable"`
	Endpoint  string `json:"endpoint"`
}

// Part is what a miner has on one benchmark: its score, and its share of what the benchmark paid miners.
type Part struct {
	Score     float64 `json:"score"`
	Incentive float64 `json:"incentive"`
}

// Timings are seconds since "up" began; 0 = not yet.
type Timings struct {
	FirstBlock float64 `json:"first_block"`
	FirstPaid  float64 `json:"first_paid"`
	Ready      float64 `json:"ready"`
}

// Programs lists every program of the network by name.
func (s *Snapshot) Programs() map[string]Program {
	programs := make(map[string]Program, len(s.Nodes)+len(s.Validators)+len(s.Miners))
	for _, n := range s.Nodes {
		programs[n.Name] = n.Program
	}
	for _, v := range s.Validators {
		programs[v.Name] = v.Program
	}
	for _, m := range s.Miners {
		programs[m.Name] = m.Program
	}
	return programs
}
