package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/localnet/view"
	"github.com/agora-network/agora/validator/replay"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	calibrationItems = 4
	// sharedItems of a miner are dealt out among the three validators.
	sharedItems = 12
)

// sharedBenchmark is the default one, half of whose score a WebAssembly module gives, with questions that the validators
// share.
func sharedBenchmark(t *testing.T) *spec.Spec {
	t.Helper()
	s, err := benchmarks.Load(benchmarks.Default)
	require.NoError(t, err)
	withModule, err := benchmarks.Load("word-order")
	require.NoError(t, err)
	module := withModule.Scorers[0]
	require.NotNil(t, module.GetWasm())
	module.WeightBp, module.Extraction = 5000, s.Scorers[0].Extraction
	s.Scorers[0].WeightBp = 5000
	s.Scorers = append(s.Scorers, module)
	s.Sampling.ItemsPerMiner = calibrationItems + sharedItems
	s.Sampling.CalibrationItems, s.Sampling.ValidatorsPerItem = calibrationItems, 1
	return s
}

// questionsAreShared: the owner publishes a version with a module and questions that are dealt out. Each validator asks its
// part of them, the better model still leads, and everybody's epoch runs again to the same integers.
func questionsAreShared(t *testing.T, n *network) {
	sender, owner := n.owner()
	s := sharedBenchmark(t)
	canonical, err := spec.Encode(s)
	require.NoError(t, err)
	digest, err := spec.Digest(s)
	require.NoError(t, err)
	_, err = sender.Send(t.Context(), &subnettypes.MsgProposeBenchmark{Owner: owner, Netuid: netuid, Spec: canonical, Digest: digest[:]})
	require.NoError(t, err)

	chain := n.chain()
	var newest uint32
	snapshot := n.until("an epoch of the new version is paid", func(*view.Snapshot) bool {
		response, err := chain.Rewards(0).EpochResult(t.Context(), &rewardstypes.QueryEpochResultRequest{Netuid: netuid})
		if err != nil {
			return false
		}
		scored := response.Results[0].Epoch - 1
		row, found, err := chain.Row(t.Context(), 0, chainclient.Scores{Netuid: netuid, Epoch: scored, Hotkey: n.Status().Validators[0].Hotkey})
		if err != nil || !found {
			return false
		}
		newest = row.BenchmarkVersion
		return newest > 1
	})
	require.EqualValues(t, 2, newest)
	require.Greater(t, miner(snapshot, strong).Incentive, miner(snapshot, weak).Incentive)

	response, err := chain.Rewards(0).EpochResult(t.Context(), &rewardstypes.QueryEpochResultRequest{Netuid: netuid})
	require.NoError(t, err)
	scored := response.Results[0].Epoch - 1
	miners := len(snapshot.Miners)
	total := 0
	for _, v := range snapshot.Validators {
		report := n.replay(v.Name, scored)
		require.Empty(t, report.Differences, v.Name)
		require.True(t, report.OnChain, v.Name)
		require.True(t, report.Weights, v.Name)
		require.Positive(t, report.Rescored, v.Name)
		require.True(t, report.Bound, "%s is bound by the epoch before", v.Name)
		require.Len(t, report.Calibration, miners, v.Name)
		require.Equal(t, miners*(calibrationItems+sharedItems/3), report.Items, "%s asks for calibration and its third of the rest", v.Name)
		total += report.Items
	}
	require.Equal(t, miners*(3*calibrationItems+sharedItems), total)
}

// replay runs an epoch of a validator again, as its operator would.
func (n *network) replay(name string, epoch uint64) (report replay.Report) {
	n.T.Helper()
	cmd := exec.Command(filepath.Join(n.Bin, "validator"), "replay", strconv.Itoa(netuid), strconv.FormatUint(epoch, 10),
		"--home", filepath.Join(n.Home, "validators", name), "--json")
	out, err := cmd.Output()
	require.NoError(n.T, err, "%s", out)
	require.NoError(n.T, json.Unmarshal(out, &report), "%s", out)
	return report
}
