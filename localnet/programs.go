package localnet

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agora-network/agora/localnet/supervise"
	"github.com/agora-network/agora/localnet/view"
)

// apiKey lets curl and OpenAI clients of this machine ask the miners.
const apiKey = "agora-localnet"

// settingsInEnv begins the variables that set flags and settings of all three programs. Those of the user are meant for
// other networks.
const settingsInEnv = "AGORA_"

// endpoints are the RPC addresses of all nodes, that of the preferred one first.
func (p *Plan) endpoints(preferred int) []string {
	urls := make([]string, 0, len(p.Nodes))
	for i := range p.Nodes {
		node := p.Nodes[(preferred+i)%len(p.Nodes)]
		urls = append(urls, "http://"+address(node.Ports.RPC))
	}
	return urls
}

// describePrograms says how every program is run. What depends on ports is given
// by flags, over the files in the daemons' homes, which stay the user's to edit.
func (n *network) describePrograms() map[string]supervise.Program {
	programs := make(map[string]supervise.Program)
	add := func(name, path string, grace time.Duration, arguments ...string) {
		programs[name] = supervise.Program{Name: name, Path: path, Args: arguments, Log: n.home.LogFile(name), Grace: grace, WithoutEnv: settingsInEnv}
	}
	for _, node := range n.plan.Nodes {
		add(node.Name, n.bins.Agorad, 10*time.Second, "start", "--home", n.home.NodeHome(node.Name), "--log_no_color")
	}
	for i, miner := range n.plan.Miners {
		add(miner.Name, n.bins.Miner, 10*time.Second, "serve", "--home", n.home.MinerHome(miner.Name),
			"--chain-endpoints", strings.Join(n.plan.endpoints(i), ","),
			"--listen", address(miner.Port), "--admin-listen", address(miner.MetricsPort))
	}
	for _, validator := range n.plan.Validators {
		add(validator.Name, n.bins.Validator, 10*time.Second, "start", "--home", n.home.ValidatorHome(validator.Name),
			"--chain-endpoints", strings.Join(n.plan.endpoints(validator.Node), ","),
			"--admin-listen", address(validator.Port))
	}
	return programs
}

// initDaemons has every daemon write its own commented configuration file.
func (n *network) initDaemons(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for _, miner := range n.plan.Miners {
		group.Go(func() error {
			return runOnce(ctx, n.bins.Miner, "init", "--home", n.home.MinerHome(miner.Name),
				"--chain-id", n.plan.ChainID, "--netuid", fmt.Sprint(netuid),
				"--keyring-backend", "test", "--hotkey", hotkeyName, "--chain-gas-price", minGasPrices,
				"--chain-fee-granter", miner.OwnerAddress,
				"--backend", miner.Backend, "--api-key", apiKey)
		})
	}
	for _, validator := range n.plan.Validators {
		group.Go(func() error {
			return runOnce(ctx, n.bins.Validator, "init", "--home", n.home.ValidatorHome(validator.Name),
				"--chain-id", n.plan.ChainID,
				"--keyring-backend", "test", "--hotkey", hotkeyName, "--chain-gas-price", minGasPrices,
				"--chain-fee-granter", n.plan.Nodes[validator.Node].OperatorAddress,
				"--asks-public-only=false") // all miners are on loopback
		})
	}
	return group.Wait()
}

// runOnce runs a short command to its end.
func runOnce(ctx context.Context, path string, arguments ...string) error {
	cmd := exec.CommandContext(ctx, path, arguments...)
	cmd.Env = supervise.EnvironmentWithout(settingsInEnv)
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", path, strings.Join(arguments, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}

// healthURLs are where the daemons say whether they are well.
func (n *network) healthURLs() []string {
	var urls []string
	for _, miner := range n.plan.Miners {
		urls = append(urls, "http://"+address(miner.MetricsPort)+"/healthz")
	}
	for _, validator := range n.plan.Validators {
		urls = append(urls, "http://"+address(validator.Port)+"/healthz")
	}
	return urls
}

// describe fills in what the plan knows of everybody.
func (n *network) describe(s *view.Snapshot) {
	for _, node := range n.plan.Nodes {
		s.Nodes = append(s.Nodes, view.Node{
			Name: node.Name, Operator: node.OperatorAddress, Validator: node.ValidatorAddress,
			RPC: "http://" + address(node.Ports.RPC), REST: "http://" + address(node.Ports.REST),
			GRPC: address(node.Ports.GRPC), Metrics: "http://" + address(node.Ports.Metrics) + "/metrics",
		})
	}
	for _, validator := range n.plan.Validators {
		s.Validators = append(s.Validators, view.Validator{
			Name: validator.Name, Hotkey: validator.Hotkey, Validator: n.plan.Nodes[validator.Node].ValidatorAddress,
			URL: "http://" + address(validator.Port),
		})
	}
	for _, miner := range n.plan.Miners {
		s.Miners = append(s.Miners, view.Miner{
			Name: miner.Name, Owner: miner.OwnerAddress, Hotkey: miner.Hotkey, Backend: miner.Backend,
			Endpoint: "http://" + address(miner.Port),
		})
	}
}
