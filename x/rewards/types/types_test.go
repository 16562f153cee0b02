package types_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	"github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/rewards/yuma"
)

func TestOneAsABondIsThatOfTheArithmetic(t *testing.T) {
	require.Equal(t, yuma.BondOne, uint64(types.BondOne))
}

func TestAGenesisThatContradictsItselfIsRefused(t *testing.T) {
	good := func() types.GenesisState {
		g := *types.DefaultGenesis()
		g.Votes = []types.EmissionVote{{Voter: "a", Weights: []types.VoteWeight{{Netuid: 1, WeightBp: 1}, {Netuid: 2, WeightBp: 1}}}}
		g.Tally = types.Tally{Height: 9, TotalPower: 6, Subnets: []types.SubnetTally{
			{Netuid: 1, Power: 5, Share: types.TallyUnit - 1}, {Netuid: 2, Power: 1}, {Netuid: 3, Share: 1},
		}}
		g.Params.AutoClaimInterval = 5
		g.AutoClaim = types.AutoClaim{NextHeight: 7, Running: true, Netuid: 1, MinerId: 3}
		g.Pending = []types.PendingEmission{{Netuid: 1, Amount: 1}}
		g.Ledgers = []types.MinerLedger{{Netuid: 1, MinerIds: []uint64{1, 2}, Amounts: []uint64{1, 1}}}
		g.Bonds = []types.Bonds{{Netuid: 1, Hotkey: "h", MinerIds: []uint64{1}, Bonds: []uint64{types.BondOne}}}
		g.Results = []types.EpochResult{{
			Netuid: 1, ShareBp: 10_000, Pending: 15, OwnerAmount: 1, MinerAmount: 2, ValidatorAmount: 3, Burned: 4, Carried: 5,
			MinerIds: []uint64{1}, Incentives: []uint64{types.ShareUnit}, Consensus: []uint64{types.ShareUnit}, Amounts: []uint64{2},
			Validators: []types.ValidatorResult{{Amount: 3, Trust: types.ShareUnit, Dividends: types.ShareUnit}},
		}}
		return g
	}
	require.NoError(t, good().Validate())
	twice := func(change func(second *types.EpochResult)) func(*types.GenesisState) {
		return func(g *types.GenesisState) { // benchmark 1 beside benchmark 0, half of the emission each
			g.Results[0].ShareBp = 5_000
			second := g.Results[0]
			second.Benchmark = 1
			change(&second)
			g.Results = append([]types.EpochResult{second}, g.Results...) // in any order
		}
	}
	paired := good()
	twice(func(*types.EpochResult) {})(&paired)
	require.NoError(t, paired.Validate())
	bonded := good()
	bonded.Bonds = append(bonded.Bonds, bonded.Bonds[0])
	bonded.Bonds[1].Benchmark = 1
	require.NoError(t, bonded.Validate(), "one hotkey has bonds on two benchmarks")
	narrowed := good()
	narrowed.Params.MaxVoteTargets = 1
	require.NoError(t, narrowed.Validate(), "a vote that was cast stands when governance lowers the bound")
	for name, spoil := range map[string]func(*types.GenesisState){
		"a parameter out of range":             func(g *types.GenesisState) { g.Params.TallyInterval = 0 },
		"a voter twice":                        func(g *types.GenesisState) { g.Votes = append(g.Votes, g.Votes[0]) },
		"a vote without weights":               func(g *types.GenesisState) { g.Votes[0].Weights = nil },
		"a vote out of order":                  func(g *types.GenesisState) { g.Votes[0].Weights[0].Netuid = 9 },
		"a vote above all":                     func(g *types.GenesisState) { g.Votes[0].Weights[0].WeightBp = 10_000 },
		"a tally out of order":                 func(g *types.GenesisState) { g.Tally.Subnets[1].Netuid = 1 },
		"a tally above all stake":              func(g *types.GenesisState) { g.Tally.Subnets[0].Power = 7 },
		"powers above all stake together":      func(g *types.GenesisState) { g.Tally.Subnets[1].Power = 2 },
		"powers that overflow":                 func(g *types.GenesisState) { g.Tally.Subnets[1].Power = math.MaxUint64 - 4 },
		"shares above the whole together":      func(g *types.GenesisState) { g.Tally.Subnets[1].Share = 1 },
		"shares that overflow":                 func(g *types.GenesisState) { g.Tally.Subnets[1].Share = math.MaxUint64 },
		"a subnet in the tally for nothing":    func(g *types.GenesisState) { g.Tally.Subnets[2].Share = 0 },
		"a tally of netuid 0":                  func(g *types.GenesisState) { g.Tally.Subnets[0].Netuid = 0 },
		"a tally before the first block":       func(g *types.GenesisState) { g.Tally.Height = 0 },
		"a tally at a negative height":         func(g *types.GenesisState) { g.Tally.Height = -1 },
		"a round of claims before time":        func(g *types.GenesisState) { g.AutoClaim.NextHeight = -1 },
		"a round of claims that is not wanted": func(g *types.GenesisState) { g.Params.AutoClaimInterval = 0 },
		"a cursor outside a round of claims":   func(g *types.GenesisState) { g.AutoClaim.Running = false },
		"pending emission twice":               func(g *types.GenesisState) { g.Pending = append(g.Pending, g.Pending[0]) },
		"pending emission of nothing":          func(g *types.GenesisState) { g.Pending[0].Amount = 0 },
		"a ledger twice":                       func(g *types.GenesisState) { g.Ledgers = append(g.Ledgers, g.Ledgers[0]) },
		"a ledger out of order":                func(g *types.GenesisState) { g.Ledgers[0].MinerIds[1] = 1 },
		"a ledger of unequal columns":          func(g *types.GenesisState) { g.Ledgers[0].Amounts = g.Ledgers[0].Amounts[:1] },
		"a ledger entry of nothing":            func(g *types.GenesisState) { g.Ledgers[0].Amounts[0] = 0 },
		"shares that leave something":          func(g *types.GenesisState) { g.Results[0].ShareBp-- },
		"a result of a benchmark twice":        twice(func(r *types.EpochResult) { r.Benchmark = 0 }),
		"shares above the whole":               twice(func(r *types.EpochResult) { r.ShareBp++ }),
		"benchmarks of two epochs":             twice(func(r *types.EpochResult) { r.Epoch++ }),
		"benchmarks closed at two heights":     twice(func(r *types.EpochResult) { r.Height++ }),
		"benchmarks of different miners":       twice(func(r *types.EpochResult) { r.MinerIds = []uint64{2} }),
		"bonds twice":                          func(g *types.GenesisState) { g.Bonds = append(g.Bonds, g.Bonds[0]) },
		"a bond above 1":                       func(g *types.GenesisState) { g.Bonds[0].Bonds[0]++ },
		"bonds to identity 0":                  func(g *types.GenesisState) { g.Bonds[0].MinerIds[0] = 0 },
		"a result twice":                       func(g *types.GenesisState) { g.Results = append(g.Results, g.Results[0]) },
		"a result of unequal columns":          func(g *types.GenesisState) { g.Results[0].Incentives = nil },
		"a result that pays more than it had":  func(g *types.GenesisState) { g.Results[0].Burned++ },
		"a result at a negative height":        func(g *types.GenesisState) { g.Results[0].Height = -1 },
		"a result for identity 0":              func(g *types.GenesisState) { g.Results[0].MinerIds[0] = 0 },
		"an incentive above all":               func(g *types.GenesisState) { g.Results[0].Incentives[0]++ },
		"a consensus above all":                func(g *types.GenesisState) { g.Results[0].Consensus[0]++ },
		"a trust above all":                    func(g *types.GenesisState) { g.Results[0].Validators[0].Trust++ },
		"dividends above all":                  func(g *types.GenesisState) { g.Results[0].Validators[0].Dividends++ },
		"a result that overflows":              func(g *types.GenesisState) { g.Results[0].Burned = math.MaxUint64 },
		"miners' amounts that do not add up":   func(g *types.GenesisState) { g.Results[0].Amounts[0]-- },
		"dividends that do not add up":         func(g *types.GenesisState) { g.Results[0].Validators[0].Amount-- },
	} {
		t.Run(name, func(t *testing.T) {
			g := good()
			spoil(&g)
			require.Error(t, g.Validate())
		})
	}
}

func TestSumsOfVotesForgetWhatIsTakenBack(t *testing.T) {
	v := types.NewValidatorVotes()
	one, two := []types.VoteWeight{{Netuid: 3, WeightBp: 10}}, []types.VoteWeight{{Netuid: 1, WeightBp: 5}, {Netuid: 3, WeightBp: 1}}
	v.Add(sdkmath.NewInt(7), one)
	v.Add(sdkmath.NewInt(9), two)
	require.Equal(t, "16", v.Voted.String())
	require.Equal(t, []uint32{1, 3}, []uint32{v.Subnets[0].Netuid, v.Subnets[1].Netuid})
	require.Equal(t, "79", v.Subnets[1].Weighted.String())
	v.Add(sdkmath.NewInt(-7), one)
	require.False(t, v.IsEmpty())
	v.Add(sdkmath.NewInt(-9), two)
	require.True(t, v.IsEmpty())
}
