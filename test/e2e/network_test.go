package e2e

import (
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/internal/beacon"
	"github.com/agora-network/agora/localnet/supervise"
	"github.com/agora-network/agora/localnet/view"
	"github.com/agora-network/agora/test/harness"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	strong, weak, guesser, replayer = "miner-1", "miner-2", "miner-3", "miner-4"
	// little is what "almost nothing" of the incentive is.
	little = 0.05
)

// TestAPayingNetwork is the life of one network; its parts build on each other.
func TestAPayingNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole network takes minutes")
	}
	n := &network{harness.NewNetwork(t, harness.Programs(t))}
	n.Up("--nodes", "4", "--block-time", "500ms", "--tempo", "12", "--benchmarks", "2")
	for name, program := range n.Status().Programs() {
		require.Equal(t, supervise.Running, program.State, name)
	}
	for _, part := range []struct {
		name string
		test func(*testing.T, *network)
	}{
		{"after five epochs the better model earns more and the others next to nothing", rightOnesEarn},
		{"who is good at one of two benchmarks earns by the share of that one", sharesAreKept},
		{"the proposer of each block has proved the beacon, and anyone can check it", beaconIsProved},
		{"coins that were earned are claimed and withdrawn", coinsArrive},
		{"a miner that stops earns nothing two epochs later, and recovers", minerStopsAndRecovers},
		{"a validator that stops is seen to miss its commits while the others carry on", validatorStops},
		{"a validator that is killed between commit and reveal reveals after its restart", validatorIsKilled},
		{"of four nodes one may stop, and catches up", nodeStops},
		{"validators share the questions of a benchmark with a module, and their epochs run again to the same integers", questionsAreShared},
		{"a subnet that comes to take scores in the open loses no row and goes on paying", scoresAreSetInTheOpen},
		{"the network goes on where it was after it went down", networkResumes},
		{"nothing outlives a supervisor that is killed, and the network comes up again", supervisorIsKilled},
	} {
		passed := t.Run(part.name, func(t *testing.T) {
			n.T = t
			part.test(t, n)
		})
		n.T = t
		if !passed {
			return // the parts after it would fail for its reason
		}
	}
}

func beaconIsProved(t *testing.T, n *network) {
	// AutoCLI shows bytes in base64, as they are read here.
	var answer struct {
		Height                       int64 `json:"height,string"`
		Beacon, Previous, Proof, Key []byte
	}
	n.ask(&answer, "subnet", "beacon")
	message := beacon.Message(n.Status().ChainID, answer.Height, answer.Previous)
	require.NoError(t, beacon.Verify(answer.Key, message, answer.Proof))
	require.Equal(t, beacon.Next(n.Status().ChainID, answer.Height, answer.Previous, answer.Proof), answer.Beacon)
}

func rightOnesEarn(t *testing.T, n *network) {
	// The rows made in epoch 0 pay in epoch 1, the first of five.
	s := n.closed(5)
	require.Greater(t, miner(s, strong).Incentive, miner(s, weak).Incentive)
	require.Greater(t, part(s, weak, 0), little)
	sum := 0.0
	for _, m := range s.Miners {
		require.True(t, m.Registered)
		sum += m.Incentive
	}
	require.InDelta(t, 1, sum, 1e-6)
	require.Less(t, miner(s, guesser).Incentive, little)
	require.Less(t, miner(s, replayer).Incentive, little)
	require.Greater(t, miner(s, strong).Earned, miner(s, weak).Earned)
	for _, v := range s.Validators {
		require.True(t, v.Revealed, v.Name)
		require.Positive(t, v.Dividends, v.Name)
		require.Positive(t, v.Trust, v.Name)
		require.Positive(t, v.Power, v.Name)
	}
	var invariants struct{ Broken []string }
	n.ask(&invariants, "rewards", "invariants")
	require.Empty(t, invariants.Broken)
}

// sharesAreKept: the weak model sorts and shifts but cannot calculate, and the second benchmark asks for nothing else.
func sharesAreKept(t *testing.T, n *network) {
	s := n.Status()
	require.Len(t, s.Benchmarks, 2)
	require.Less(t, part(s, weak, 1), little)
	require.Greater(t, part(s, strong, 1), 1-little)
	require.InDelta(t, 0.7*part(s, weak, 0)+0.3*part(s, weak, 1), miner(s, weak).Incentive, 1e-6)

	response, err := n.chain().Rewards(0).EpochResult(t.Context(), &rewardstypes.QueryEpochResultRequest{Netuid: netuid})
	require.NoError(t, err)
	require.Len(t, response.Results, 2)
	first, second := response.Results[0], response.Results[1]
	require.EqualValues(t, 7000, first.ShareBp)
	require.EqualValues(t, 3000, second.ShareBp)
	require.Equal(t, first.Epoch, second.Epoch)
	// Both parts of the epoch's emission are whole uagora; what an epoch before carried over may come on top.
	require.InEpsilon(t, float64(first.Pending)/7, float64(second.Pending)/3, 0.01)
	calculates, sorts := slices.Index(second.MinerIds, miner(s, strong).MinerID), slices.Index(first.MinerIds, miner(s, weak).MinerID)
	require.Positive(t, first.Amounts[sorts])
	require.InEpsilon(t, second.MinerAmount, second.Amounts[calculates], little)

	for benchmark := range uint32(2) {
		for _, v := range s.Validators {
			_, found, err := n.chain().Row(t.Context(), 0, chainclient.Scores{Netuid: netuid, Epoch: first.Epoch - 1, Benchmark: benchmark, Hotkey: v.Hotkey})
			require.NoError(t, err)
			require.True(t, found, "the row of %s for benchmark %d", v.Name, benchmark)
		}
	}
}

func coinsArrive(t *testing.T, n *network) {
	s := n.Status()
	owner := miner(s, strong).Owner
	before, claimable := n.balance(owner), miner(s, strong).Claimable
	require.Positive(t, claimable)
	n.send("rewards", "claim", "1", "--from", "miner-owner-1")
	const fees = 100_000 // uagora, more than any of these transactions costs
	require.GreaterOrEqual(t, n.balance(owner), before+int64(claimable)-fees)

	operator := node(s, "node-1").Operator
	before = n.balance(operator)
	n.send("distribution", "withdraw-rewards", node(s, "node-1").Validator, "--commission", "--from", "operator-1")
	require.GreaterOrEqual(t, n.balance(operator), before+int64(validator(s, "validator-1").Earned)-fees,
		"dividends reach the operator's delegation through the chain's own distribution")
}

func minerStopsAndRecovers(t *testing.T, n *network) {
	n.Localnet("stop", strong)
	stopped := n.Status()
	require.Equal(t, supervise.Stopped, miner(stopped, strong).Program.State)
	// It may have answered all questions of the epoch under way, whose row pays in the next.
	s := n.closed(stopped.Epoch.Index + 2)
	require.Zero(t, miner(s, strong).Incentive)
	require.Greater(t, part(s, weak, 0), 1-2*little, "the others absorb it")
	require.Less(t, part(s, weak, 1), little, "but not what they cannot do")

	n.Localnet("start", strong)
	started := n.Status()
	s = n.until("the miner leads again", func(s *view.Snapshot) bool {
		return miner(s, strong).Incentive > miner(s, weak).Incentive
	})
	require.LessOrEqual(t, s.Epoch.Closed, started.Epoch.Index+7, "the mean forgets quickly")
}

func validatorStops(t *testing.T, n *network) {
	const sleeper = "validator-3"
	n.Localnet("stop", sleeper)
	stopped := n.Status()
	missed := validator(stopped, sleeper).Missed
	s := n.closed(stopped.Epoch.Index + 2)
	require.Greater(t, validator(s, sleeper).Missed, missed)
	require.False(t, validator(s, sleeper).Revealed)
	require.Less(t, validator(s, sleeper).Dividends, validator(s, "validator-1").Dividends, "its bonds fade")
	require.Positive(t, s.Epoch.Paid)
	require.Greater(t, miner(s, strong).Incentive, miner(s, weak).Incentive)
	for _, name := range []string{"validator-1", "validator-2"} {
		require.True(t, validator(s, name).Revealed, name)
		require.Positive(t, validator(s, name).Dividends, name)
	}
	n.Localnet("start", sleeper)
	n.until("the validator reveals again", func(s *view.Snapshot) bool { return validator(s, sleeper).Revealed })
}

func validatorIsKilled(t *testing.T, n *network) {
	const victim = "validator-2"
	chain := n.chain()
	running := validator(n.Status(), victim)
	hotkey := running.Hotkey
	scores := func(epoch uint64, benchmark uint32) chainclient.Scores {
		return chainclient.Scores{Netuid: netuid, Epoch: epoch, Benchmark: benchmark, Hotkey: hotkey}
	}
	var epoch uint64
	require.Eventually(t, func() bool {
		current, err := chain.Subnet(0).Epoch(t.Context(), &subnettypes.QueryEpochRequest{Netuid: netuid})
		if err != nil {
			return false
		}
		epoch = current.Epoch.Index
		for benchmark := range uint32(2) {
			if _, found, err := chain.Commit(t.Context(), 0, scores(epoch, benchmark)); err != nil || !found {
				return false
			}
		}
		return true
	}, patience, glance, "a commit for each benchmark")
	require.NoError(t, syscall.Kill(running.Program.PID, syscall.SIGKILL)) // at once: only a few blocks are left before it reveals
	for benchmark := range uint32(2) {
		_, found, err := chain.Row(t.Context(), 0, scores(epoch, benchmark))
		require.NoError(t, err)
		require.False(t, found, "nothing was revealed yet")
	}
	missed := validator(n.Status(), victim).Missed
	n.until("the crash shows", func(s *view.Snapshot) bool {
		return validator(s, victim).Program.State == supervise.Crashed
	})
	n.Localnet("start", victim)

	s := n.closed(epoch + 1)
	for benchmark := range uint32(2) {
		row, found, err := chain.Row(t.Context(), 0, scores(epoch, benchmark))
		require.NoError(t, err)
		require.True(t, found, "the rows that were committed before the crash")
		require.NotEmpty(t, row.Weights)
		require.Positive(t, row.Items)
	}
	require.LessOrEqual(t, validator(s, victim).Missed, missed+2, "at most the commits of the epoch it was down in")
}

func nodeStops(t *testing.T, n *network) {
	const victim = "node-4"
	n.Localnet("stop", victim)
	stopped := n.Status()
	s := n.closed(stopped.Epoch.Index + 1)
	require.Greater(t, s.Height, stopped.Height+10)
	require.Positive(t, s.Epoch.Paid)
	behind := node(s, victim).Height
	require.Less(t, behind, s.Height-5)
	n.Localnet("start", victim)
	n.until("the node has caught up", func(s *view.Snapshot) bool {
		return !node(s, victim).CatchingUp && node(s, victim).Height >= s.Height-2
	})
}

func scoresAreSetInTheOpen(t *testing.T, n *network) {
	chain, before := n.chain(), n.Status()
	sender, owner := n.owner()
	// Late in an epoch parameters are frozen: again in the next one.
	require.NoError(t, harness.Until(func() (bool, error) {
		_, err := sender.Send(t.Context(), &subnettypes.MsgUpdateSubnetParams{
			Signer: owner, Netuid: netuid, Fields: []string{"direct_scores"}, Params: subnettypes.SubnetParams{DirectScores: true},
		})
		if chainclient.IsCode(err, subnettypes.ErrParamsFrozen) {
			return false, nil
		}
		return true, err
	}))
	subnet, err := chain.Subnet(0).Subnet(t.Context(), &subnettypes.QuerySubnetRequest{Netuid: netuid})
	require.NoError(t, err)
	changed := subnet.Subnet.Epoch
	if subnet.Subnet.NextParams != nil { // else the epoch began meanwhile
		changed++
	}
	missed := map[string]uint64{}
	for _, v := range before.Validators {
		missed[v.Name] = v.Missed
	}
	// The rows that were committed in the epoch before are opened in this one, and its own are set and pay in the next.
	s := n.closed(changed + 1)
	require.Positive(t, s.Epoch.Paid)
	require.Greater(t, miner(s, strong).Incentive, miner(s, weak).Incentive)
	commits, err := chain.Commits(t.Context(), 0, netuid, changed)
	require.NoError(t, err)
	for _, commit := range commits { // the chain notes that scores were set, without a hash
		require.Empty(t, commit.Hash)
	}
	for _, v := range s.Validators {
		require.Equal(t, missed[v.Name], v.Missed, v.Name)
		require.True(t, v.Revealed, v.Name)
		for benchmark := range uint32(2) {
			_, found, err := chain.Row(t.Context(), 0, chainclient.Scores{Netuid: netuid, Epoch: changed, Benchmark: benchmark, Hotkey: v.Hotkey})
			require.NoError(t, err)
			require.True(t, found, "the row of %s for benchmark %d", v.Name, benchmark)
		}
	}
}

func networkResumes(t *testing.T, n *network) {
	before, pids := n.Status(), n.pids()
	n.Localnet("down")
	for _, pid := range pids {
		require.True(t, gone(pid))
	}
	n.Up()
	after := n.until("the chain makes blocks and its miners are read", func(s *view.Snapshot) bool {
		return s.Height > before.Height && s.Miners[0].Registered
	})
	require.Equal(t, before.Miners[0].MinerID, after.Miners[0].MinerID)
	s := n.until("it pays again", func(s *view.Snapshot) bool {
		return s.Epoch.Closed > before.Epoch.Closed+3 && s.Epoch.Paid > 0
	})
	require.GreaterOrEqual(t, miner(s, strong).Earned, miner(before, strong).Earned)
}

func supervisorIsKilled(t *testing.T, n *network) {
	before, pids := n.Status(), n.pids()
	require.NoError(t, syscall.Kill(n.supervisor(), syscall.SIGKILL))
	for _, pid := range pids {
		require.Eventually(t, func() bool { return gone(pid) }, patience, glance, "process %d", pid)
	}
	n.Up()
	require.Greater(t, n.Status().Height, before.Height)
}
