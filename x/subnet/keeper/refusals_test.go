package keeper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// lateRow is a message that is refused: it belongs to an epoch that is far ahead.
func lateRow(hotkey string) *types.MsgCommitScores {
	return &types.MsgCommitScores{Hotkey: addr(hotkey), Netuid: 1, Epoch: 1_000, BenchmarkVersion: 1, Hash: make([]byte, 32)}
}

func TestRefusalsGoThroughGenesis(t *testing.T) {
	f := crowdedSubnet(t, 4, 2)
	require.NoError(t, f.k.CountRefusals(f.ctx, []sdk.Msg{lateRow("v1 hot"), lateRow("v1 hot"), lateRow("v2 hot"), lateRow("stranger")}))
	exported, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Len(t, exported.Refusals, 2)

	g := emptyFixture(t)
	g.bank.balances = f.bank.copy()
	g.ctx = g.ctx.WithBlockHeader(f.ctx.BlockHeader())
	require.NoError(t, g.k.InitGenesis(g.ctx, *exported))
	again, err := g.k.ExportGenesis(g.ctx)
	require.NoError(t, err)
	require.Equal(t, exported, again)
	record, err := g.k.Refusals.Get(g.ctx, collections.Join(uint32(1), addressOf("v1 hot")))
	require.NoError(t, err)
	require.Equal(t, []types.Refusal{{Code: types.ErrWrongEpoch.ABCICode(), Count: 2, LastHeight: f.ctx.BlockHeight()}}, record.Refusals)
}

func TestAGenesisWithImpossibleRefusalsIsRefused(t *testing.T) {
	f := crowdedSubnet(t, 4, 1)
	require.NoError(t, f.k.CountRefusals(f.ctx, []sdk.Msg{lateRow("v1 hot")}))
	for name, spoil := range map[string]func(*types.GenesisState){
		"no such subnet":     func(g *types.GenesisState) { g.Refusals[0].Netuid = 7 },
		"is missing":         func(g *types.GenesisState) { g.Refusals[0].Validator = "" },
		"nothing is counted": func(g *types.GenesisState) { g.Refusals[0].Refusals = nil },
		"are there twice":    func(g *types.GenesisState) { g.Refusals = append(g.Refusals, g.Refusals[0]) },
		"code 0":             func(g *types.GenesisState) { g.Refusals[0].Refusals[0].Code = 0 },
		"counted 0 times":    func(g *types.GenesisState) { g.Refusals[0].Refusals[0].Count = 0 },
		"out of order": func(g *types.GenesisState) {
			g.Refusals[0].Refusals = append(g.Refusals[0].Refusals, g.Refusals[0].Refusals[0])
		},
		"height -1": func(g *types.GenesisState) { g.Refusals[0].Refusals[0].LastHeight = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			exported, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			require.NoError(t, exported.Validate())
			spoil(exported)
			require.ErrorContains(t, exported.Validate(), name)
		})
	}
}

func TestRefusalsOfARemovedSubnetAreSwept(t *testing.T) {
	f := crowdedSubnet(t, 4, 1)
	require.NoError(t, f.k.CountRefusals(f.ctx, []sdk.Msg{lateRow("v1 hot")}))
	must(f, f.msgs.CloseSubnet, closing())
	for f.to(f.ctx.BlockHeight() + 1); len(f.netuids()) > 0; f.to(f.ctx.BlockHeight() + 1) {
		f.sound()
	}
	f.to(f.ctx.BlockHeight() + 2)
	f.sound()
	has, err := f.k.Refusals.Has(f.ctx, collections.Join(uint32(1), addressOf("v1 hot")))
	require.NoError(t, err)
	require.False(t, has)
}

func TestTheReasonOfARefusalIsBounded(t *testing.T) {
	f := crowdedSubnet(t, 4, 1)
	require.NoError(t, f.k.CountRefusals(f.ctx, []sdk.Msg{lateRow("v1 hot")}))
	told := events[types.EventScoresRefused](f)
	require.Len(t, told, 1)
	require.LessOrEqual(t, len(told[0].Reason), 256)
	require.True(t, strings.HasPrefix(told[0].Reason, "epoch 0 is under way"), told[0].Reason)
}

func TestAHotkeyWithoutAPermitLearnsWhy(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(f *fixture)
		want    error
		says    string
	}{
		"it scores for nobody": {func(f *fixture) {}, types.ErrNoPermit, "hotkey"},
		"its validator has other hotkeys for the subnet": {func(f *fixture) {
			f.staking.add("v9", 300_000_000)
			f.appoint("v9", 0, "new", 10_000)
			f.appoint("v9", 1, "v9 other", 10_000)
		}, types.ErrNoPermit, "by other hotkeys"},
		"it was appointed in this epoch": {func(f *fixture) {
			f.staking.add("v9", 300_000_000)
			f.appoint("v9", 0, "new", 10_000)
		}, types.ErrNoPermit, "when the next epoch begins"},
		"its power is below the least": {func(f *fixture) {
			f.staking.add("v9", 100_000)
			f.appoint("v9", 0, "new", 10_000)
		}, types.ErrTooLittlePower, "its power is 100000"},
		"all permits went to more power": {func(f *fixture) {
			f.tune(func(p *types.SubnetParams) { p.MaxValidators = 1 })
			f.staking.add("v9", 200_000_000)
			f.appoint("v9", 0, "new", 10_000)
		}, types.ErrTooLittlePower, "a permit takes 300000000"},
	} {
		t.Run(name, func(t *testing.T) {
			f := crowdedSubnet(t, 4, 1)
			tc.prepare(f)
			msg := lateRow("new")
			msg.Epoch = 0
			_, err := f.msgs.CommitScores(f.ctx, msg)
			require.ErrorIs(t, err, tc.want)
			require.ErrorContains(t, err, tc.says)
		})
	}
}

// lookAtRevealOf4096 gives a run that looks for a refusal of a row of 4,096 weights that nothing is wrong with.
func lookAtRevealOf4096(t testing.TB) func() error {
	f := crowdedSubnet(t, 4_096, 64)
	reveal := row("v1 hot", 0)
	for id := range uint64(4_096) {
		reveal.MinerIds = append(reveal.MinerIds, id+1)
		reveal.Weights = append(reveal.Weights, 65_535)
	}
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", reveal))
	f.to(12)
	f.commit()
	return func() error { return f.k.CountRefusals(f.ctx, []sdk.Msg{reveal}) }
}

func BenchmarkLookForARefusal4096(b *testing.B) { benchmark(b, lookAtRevealOf4096(b)) }

func TestLookingForRefusalsCostsLessThanTheHandler(t *testing.T) {
	allocations := func(run func() error) float64 {
		var failed error
		count := testing.AllocsPerRun(5, func() {
			if err := run(); err != nil {
				failed = err
			}
		})
		require.NoError(t, failed)
		return count
	}
	require.Less(t, allocations(lookAtRevealOf4096(t)), allocations(revealOf4096(t)))
}
