package localnet

import (
	"fmt"
	"slices"
)

// netuid of the one subnet that a local network runs.
const netuid = 1

// fullShare is a whole in basis points.
const fullShare = 10_000

// stage is how far a network has come; it only ever grows.
type stage string

const (
	// stagePlanned: names and ports are chosen, files may be half-written.
	stagePlanned stage = "planned"
	// stageCreated: keys, genesis and node homes are complete.
	stageCreated stage = "created"
	// stageLaunched: the subnet was started by transactions.
	stageLaunched stage = "launched"
)

// Plan is everything that was decided about a network: who takes part, where
// each listens, and how far it has come. It is the state file of the home.
type Plan struct {
	// Format is the version of this file's meaning.
	Format   int      `json:"format"`
	Settings Settings `json:"settings"`
	ChainID  string   `json:"chain_id"`
	Stage    stage    `json:"stage"`

	Nodes      []NodePlan      `json:"nodes"`
	Validators []ValidatorPlan `json:"validators"`
	Miners     []MinerPlan     `json:"miners"`
}

// planFormat is the Format this program reads and writes.
const planFormat = 2

// NodePlan is one consensus node and the operator account behind its validator.
type NodePlan struct {
	Name     string `json:"name"`
	Operator string `json:"operator"` // key name
	// OperatorAddress and ValidatorAddress are the same account in both spellings.
	OperatorAddress  string    `json:"operator_address,omitempty"`
	ValidatorAddress string    `json:"validator_address,omitempty"`
	NodeID           string    `json:"node_id,omitempty"`
	Ports            NodePorts `json:"ports"`
}

// NodePorts are the TCP ports of a node.
type NodePorts struct {
	P2P     int `json:"p2p"`
	RPC     int `json:"rpc"`
	GRPC    int `json:"grpc"`
	REST    int `json:"rest"`
	Metrics int `json:"metrics"`
}

// ValidatorPlan is one scoring process.
type ValidatorPlan struct {
	Name string `json:"name"`
	// Node indexes the node whose operator appointed the hotkey.
	Node int `json:"node"`
	// ShareBP is the part of the operator's power the hotkey has, in basis points.
	ShareBP uint32 `json:"share_bp"`
	Hotkey  string `json:"hotkey,omitempty"` // address
	Port    int    `json:"port"`
}

// MinerPlan is one miner process.
type MinerPlan struct {
	Name  string `json:"name"`
	Owner string `json:"owner"` // key name
	// Backend is what the miner answers with, as its --backend flag takes it.
	Backend      string `json:"backend"`
	OwnerAddress string `json:"owner_address,omitempty"`
	Hotkey       string `json:"hotkey,omitempty"` // address
	Port         int    `json:"port"`
	MetricsPort  int    `json:"metrics_port"`
}

// defaultBackends are the models of the default miners, best first: one that
// thinks on paper, a smaller one, one that guesses and one that replays old answers.
var defaultBackends = []string{"native=basics-strong", "native=basics-weak", "guess", "replay"}

// newPlan decides who takes part. Ports are chosen later, by assignPorts.
func newPlan(settings Settings) *Plan {
	plan := &Plan{Format: planFormat, Settings: settings, ChainID: "agora-localnet-1", Stage: stagePlanned}
	for i := range settings.Nodes {
		plan.Nodes = append(plan.Nodes, NodePlan{
			Name:     fmt.Sprintf("node-%d", i+1),
			Operator: fmt.Sprintf("operator-%d", i+1),
		})
	}
	for i := range settings.Validators {
		node := i % settings.Nodes
		plan.Validators = append(plan.Validators, ValidatorPlan{
			Name:    fmt.Sprintf("validator-%d", i+1),
			Node:    node,
			ShareBP: hotkeyShare(settings, i),
		})
	}
	for i := range settings.Miners {
		plan.Miners = append(plan.Miners, MinerPlan{
			Name:    fmt.Sprintf("miner-%d", i+1),
			Owner:   fmt.Sprintf("miner-owner-%d", i+1),
			Backend: defaultBackends[i%len(defaultBackends)],
		})
	}
	return plan
}

// hotkeyShare splits an operator's power evenly over the validators that score
// for it; the first ones get what the division leaves.
func hotkeyShare(settings Settings, validator int) uint32 {
	node, place := validator%settings.Nodes, validator/settings.Nodes
	hotkeys := (settings.Validators - node + settings.Nodes - 1) / settings.Nodes
	share := fullShare / hotkeys
	if place < fullShare%hotkeys {
		share++
	}
	return uint32(share)
}

// ports lists a pointer to every port of the plan, in a fixed order, with the
// port a user would try first where there is one.
func (p *Plan) ports() []portSlot {
	var slots []portSlot
	for i := range p.Nodes {
		ports := &p.Nodes[i].Ports
		node := []portSlot{
			{&ports.P2P, 26656}, {&ports.RPC, 26657}, {&ports.GRPC, 9090}, {&ports.REST, 1317}, {&ports.Metrics, 26660},
		}
		if i > 0 {
			for j := range node {
				node[j].customary = 0
			}
		}
		slots = append(slots, node...)
	}
	for i := range p.Validators {
		slots = append(slots, portSlot{port: &p.Validators[i].Port})
	}
	for i := range p.Miners {
		slots = append(slots, portSlot{port: &p.Miners[i].Port}, portSlot{port: &p.Miners[i].MetricsPort})
	}
	return slots
}

// census counts who takes part, in words.
func (p *Plan) census() string {
	count := func(n int, what string) string {
		if n == 1 {
			return "1 " + what
		}
		return fmt.Sprintf("%d %ss", n, what)
	}
	return count(len(p.Nodes), "node") + ", " + count(len(p.Validators), "validator") + ", " + count(len(p.Miners), "miner")
}

// names lists every program of the network in the order of their start.
func (p *Plan) names() []string {
	return slices.Concat(p.nodeNames(), p.minerNames(), p.validatorNames())
}

func (p *Plan) nodeNames() []string {
	names := make([]string, 0, len(p.Nodes))
	for _, n := range p.Nodes {
		names = append(names, n.Name)
	}
	return names
}

func (p *Plan) validatorNames() []string {
	names := make([]string, 0, len(p.Validators))
	for _, v := range p.Validators {
		names = append(names, v.Name)
	}
	return names
}

func (p *Plan) minerNames() []string {
	names := make([]string, 0, len(p.Miners))
	for _, m := range p.Miners {
		names = append(names, m.Name)
	}
	return names
}
