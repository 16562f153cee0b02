package keeper_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"

	"github.com/agora-network/agora/x/subnet"
	"github.com/agora-network/agora/x/subnet/types"
)

// lived is a chain on which everything happened that leaves state, in the middle of an epoch.
func lived(t *testing.T) *fixture {
	t.Helper()
	f := started(t)
	must(f, f.msgs.Serve, &types.MsgServe{Hotkey: addr("a hot"), Netuid: 1, Endpoints: []string{"http://a.example"}, Capabilities: types.Capabilities{Model: "m"}})
	f.appoint("v1", 1, "v1 special", 2_500)
	for epoch := range uint64(3) {
		reveal := row("v2 hot", epoch, 1, 2, 3)
		must(f, f.msgs.CommitScores, commitOf(t, "v2 hot", reveal))
		f.to(f.epoch().EndHeight + 1)
		must(f, f.msgs.RevealScores, reveal)
	}
	require.NoError(t, f.k.SetMinerEmissions(f.ctx, 1, []uint64{1, 2, 3}, []uint64{7, 0, 9}))
	f.register("d")
	f.bond("a", 1, 1_000)
	f.unbond("a", 1, 300)
	f.bond("b", 2, 500)
	must(f, f.msgs.CommitModel, model("c hot"))
	f.rich("e")
	f.register("e") // in place of b, whose bond is left
	must(f, f.msgs.CommitScores, commitOf(t, "v2 hot", row("v2 hot", 3, 1)))
	f.rich("owner")
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "second"})
	must(f, f.msgs.UpdateSubnetIdentity, identity())
	must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{Tempo: 12, ActivityCutoff: 5}, "tempo", "activity_cutoff"))
	must(f, f.msgs.SetBenchmarkBounds, bounding(tokensBound()))
	must(f, f.msgs.OfferSubnet, &types.MsgOfferSubnet{Owner: addr("owner"), Netuid: 1, NewOwner: addr("heir")})
	must(f, f.msgs.CloseSubnet, closing())
	return f
}

func TestGenesisRoundTrip(t *testing.T) {
	f := lived(t)
	exported, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, exported.Validate())
	for name, n := range map[string]int{
		"subnets": len(exported.Subnets), "benchmarks": len(exported.Benchmarks), "miners": len(exported.Miners), "owners": len(exported.MinerOwners),
		"appointments": len(exported.Appointments), "epochs": len(exported.Epochs), "commits": len(exported.Commits), "rows": len(exported.Rows),
		"records": len(exported.Records), "beacon": len(exported.Beacon), "changes of parameters": len(exported.ParamChanges),
		"bounds": len(exported.BenchmarkBounds),
	} {
		require.NotZero(t, n, name)
	}
	cdc := moduletestutil.MakeTestEncodingConfig(subnet.AppModule{}).Codec
	raw := cdc.MustMarshalJSON(exported)

	second := emptyFixture(t)
	second.bank.balances = f.bank.copy()
	second.staking.validators = f.staking.validators
	second.ctx = second.ctx.WithBlockHeight(f.ctx.BlockHeight())
	module := subnet.NewAppModule(second.k)
	require.NoError(t, module.ValidateGenesis(cdc, nil, raw))
	module.InitGenesis(second.ctx, cdc, raw)
	require.JSONEq(t, string(raw), string(module.ExportGenesis(second.ctx, cdc)))
	second.sound()

	t.Run("and the chain goes on as the first one does", func(t *testing.T) {
		second.ctx = second.ctx.WithBlockHeader(f.ctx.BlockHeader())
		for _, chain := range []*fixture{f, second} {
			chain.to(chain.epoch().EndHeight + 1)
			must(chain, chain.msgs.RevealScores, row("v2 hot", 3, 1))
			chain.to(60)
		}
		one, err := f.k.ExportGenesis(f.ctx)
		require.NoError(t, err)
		two, err := second.k.ExportGenesis(second.ctx)
		require.NoError(t, err)
		require.Equal(t, one, two)
	})
}

func TestAStateWithAPausedAndARemovedSubnetComesBackAsItWas(t *testing.T) {
	f := lived(t)
	f.limit(2, 0)
	f.found("third")  // in place of subnet 2, the younger one
	f.found("fourth") // in place of subnet 3
	require.NoError(t, f.k.SetVoteShares(f.ctx, []uint32{1, 3, 4}, []uint64{9, 1, 2}))
	f.pause(1)
	f.limit(3, 0)
	for _, miner := range []string{"m", "n"} {
		f.rich(miner)
		must(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr(miner), Netuid: 4, Hotkey: addr(miner + " hot")})
	}
	f.found("fifth")
	f.found("sixth") // in place of subnet 5, which has no votes
	require.NoError(t, f.k.SetVoteShares(f.ctx, []uint32{1, 6}, []uint64{9, 1}))
	f.found("seventh") // in place of subnet 4, whose miners had owners
	require.Equal(t, []uint32{1, 6, 7}, f.netuids())

	exported, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NotZero(t, exported.Subnets[0].PausedHeight)
	require.Contains(t, exported.MinerOwners, types.MinerOwner{Netuid: 4, MinerId: 2, Owner: addr("n")})
	require.Len(t, exported.VoteShares, 2)
	second := emptyFixture(t)
	second.bank.balances = f.bank.copy()
	second.staking.validators = f.staking.validators
	second.ctx = second.ctx.WithBlockHeader(f.ctx.BlockHeader())
	require.NoError(t, second.k.InitGenesis(second.ctx, *exported))
	again, err := second.k.ExportGenesis(second.ctx)
	require.NoError(t, err)
	require.Equal(t, exported, again)
	second.sound()

	for _, chain := range []*fixture{f, second} {
		chain.to(40)
		chain.resume(1)
		chain.to(41)
		must(chain, chain.msgs.RevealScores, row("v2 hot", 3, 1))
		chain.to(80)
		chain.sound()
	}
	one, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	two, err := second.k.ExportGenesis(second.ctx)
	require.NoError(t, err)
	require.Equal(t, one, two, "both chains go on alike")
}

func TestTheDefaultGenesisIsValidAndEmpty(t *testing.T) {
	cdc := moduletestutil.MakeTestEncodingConfig(subnet.AppModule{}).Codec
	raw := subnet.AppModule{}.DefaultGenesis(cdc)
	require.NoError(t, subnet.AppModule{}.ValidateGenesis(cdc, nil, raw))
	var state types.GenesisState
	require.NoError(t, cdc.UnmarshalJSON(raw, &state))
	require.EqualValues(t, 1, state.NextNetuid)
	require.Empty(t, state.Subnets)
}

func TestGenesisIsRefused(t *testing.T) {
	f := lived(t)
	good, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	cdc := moduletestutil.MakeTestEncodingConfig(subnet.AppModule{}).Codec
	raw := cdc.MustMarshalJSON(good)
	for _, tc := range []struct {
		name, want string
		change     func(*types.GenesisState)
	}{
		{"when a parameter is out of its range", "max_subnets", func(g *types.GenesisState) { g.Params.MaxSubnets = 0 }},
		{"when next_netuid is 0", "next_netuid", func(g *types.GenesisState) { g.NextNetuid = 0 }},
		{"when a netuid is to be given again", "next_netuid", func(g *types.GenesisState) { g.NextNetuid = 2 }},
		{"when the deposit height is negative", "deposit_height", func(g *types.GenesisState) { g.DepositHeight = -1 }},
		{"when the beacon is short", "beacon", func(g *types.GenesisState) { g.Beacon = g.Beacon[:31] }},
		{"when a subnet is there twice", "subnet 1 is there twice", func(g *types.GenesisState) { g.Subnets[1].Netuid = 1 }},
		{"when a subnet has no owner", "no owner", func(g *types.GenesisState) { g.Subnets[0].Owner = "" }},
		{"when a subnet has no status", "status", func(g *types.GenesisState) { g.Subnets[0].Status = 0 }},
		{"when a subnet's parameter is out of its range", "tempo", func(g *types.GenesisState) { g.Subnets[0].Params.Tempo = 0 }},
		{"when identities begin at 0", "next_miner_id", func(g *types.GenesisState) { g.Subnets[1].NextMinerId = 0 }},
		{"when there are more miners than slots", "slots", func(g *types.GenesisState) { g.Subnets[0].MinerCount = 5 }},
		{"when an active subnet has no epoch", "active without", func(g *types.GenesisState) { g.Subnets[0].EpochStartHeight = 0 }},
		{"when the deposits do not fit", "deposits", func(g *types.GenesisState) { g.Subnets[0].Deposit, g.Subnets[1].Deposit = ^uint64(0), 1 }},
		{"when a benchmark is of no subnet", "no such subnet", func(g *types.GenesisState) { g.Benchmarks[0].Netuid = 9 }},
		{"when a benchmark version is missing", "without a benchmark", func(g *types.GenesisState) { g.Benchmarks = nil }},
		{"when a benchmark version is there twice", "there twice", func(g *types.GenesisState) { g.Benchmarks = append(g.Benchmarks, g.Benchmarks[0]) }},
		{"when a benchmark version is beyond the newest", "versions are 1 to 1", func(g *types.GenesisState) { g.Benchmarks[0].Version = 2 }},
		{"when a digest is of other bytes", "digest", func(g *types.GenesisState) { g.Benchmarks[0].Digest[0]++ }},
		{"when an owner is of no subnet", "no subnet 9", func(g *types.GenesisState) { g.MinerOwners[0].Netuid = 9 }},
		{"when an identity is beyond the next", "next_miner_id", func(g *types.GenesisState) { g.MinerOwners[0].MinerId = 99 }},
		{"when an identity has two owners", "there twice", func(g *types.GenesisState) { g.MinerOwners[1].MinerId = 1 }},
		{"when an identity has no owner", "has no owner", func(g *types.GenesisState) { g.MinerOwners[0].Owner = "" }},
		{"when a miner is of no subnet", "no subnet 9", func(g *types.GenesisState) { g.Miners[0].Netuid = 9 }},
		{"when a slot is beyond the last there can be", "has slot 4096", func(g *types.GenesisState) { g.Miners[0].Uid = 4_096 }},
		{"when a slot is taken twice", "taken twice", func(g *types.GenesisState) { g.Miners[1].Uid = 0 }},
		{"when a hotkey has two slots", "twice", func(g *types.GenesisState) { g.Miners[1].Hotkey = g.Miners[0].Hotkey }},
		{"when an identity has two slots", "twice", func(g *types.GenesisState) { g.Miners[1].MinerId = g.Miners[0].MinerId }},
		{"when a miner has another owner than its identity", "miner_owners says", func(g *types.GenesisState) { g.Miners[0].Owner = g.Miners[1].Owner }},
		{"when a miner is missing", "miner_count says", func(g *types.GenesisState) { g.Miners = g.Miners[:3] }},
		{"when an endpoint is malformed", "endpoint", func(g *types.GenesisState) { g.Miners[0].Endpoints = []string{"x"} }},
		{"when a model is malformed", "digest", func(g *types.GenesisState) { g.Miners[2].Model.Digest = nil }},
		{"when a bond does not fit 64 bits", "64 bits", func(g *types.GenesisState) { g.Miners[0].Bond = ^uint64(0) }},
		{"when what was called back has no height", "free at height 0", func(g *types.GenesisState) { g.Miners[0].ReleaseHeight = 0 }},
		{"when a miner without a slot has something locked", "without a slot", func(g *types.GenesisState) { g.Miners[4].Bond = 1 }},
		{"when a miner without a slot has no bond", "without a slot", func(g *types.GenesisState) { g.Miners[4].Releasing, g.Miners[4].ReleaseHeight = 0, 0 }},
		{"when a miner without a slot serves", "without a slot", func(g *types.GenesisState) { g.Miners[4].Endpoints = []string{"http://a.example"} }},
		{"when a miner without a slot has no owner", "miner_owners says", func(g *types.GenesisState) { g.Miners[4].MinerId = 99 }},
		{"when an appointment is for no subnet", "no subnet 9", func(g *types.GenesisState) { g.Appointments[0].Netuid = 9 }},
		{"when an appointment gives nothing", "share_bp", func(g *types.GenesisState) { g.Appointments[0].ShareBp = 0 }},
		{"when an appointment is there twice", "there twice", func(g *types.GenesisState) { g.Appointments = append(g.Appointments, g.Appointments[0]) }},
		{"when a hotkey scores for two validators", "scores for", func(g *types.GenesisState) {
			g.Appointments = append(g.Appointments, types.Appointment{Validator: valoper("v9"), Netuid: 1, Hotkey: g.Appointments[0].Hotkey, ShareBp: 1})
		}},
		{"when a hotkey scores and mines", "scores and mines", func(g *types.GenesisState) { g.Appointments[0].Hotkey = g.Miners[0].Hotkey }},
		{"when a validator gives more than the whole", "basis points", func(g *types.GenesisState) {
			g.Appointments = append(g.Appointments, types.Appointment{Validator: g.Appointments[0].Validator, Netuid: g.Appointments[0].Netuid, Hotkey: addr("more"), ShareBp: 10_000})
		}},
		{"when an epoch is yet to come", "has not begun", func(g *types.GenesisState) { g.Epochs[0].Index = 99 }},
		{"when an epoch is there twice", "there twice", func(g *types.GenesisState) { g.Epochs[1].Index = g.Epochs[0].Index }},
		{"when a record is of no subnet", "no such subnet", func(g *types.GenesisState) { g.Records[0].Netuid = 9 }},
		{"when a permit has no record", "has no record", func(g *types.GenesisState) { g.Records = g.Records[:0] }},
		{"when a commit has a short hash", "31 bytes", func(g *types.GenesisState) { g.Commits[0].Hash = g.Commits[0].Hash[:31] }},
		{"when a commit is there twice", "twice", func(g *types.GenesisState) { g.Commits = append(g.Commits, g.Commits[0]) }},
		{"when a row was not opened", "not opened", func(g *types.GenesisState) { g.Commits[0].Revealed = false }},
		{"when a row is malformed", "ascending", func(g *types.GenesisState) { g.Rows[0].MinerIds[0] = 99 }},
		{"when a subnet was paused before the first block", "paused_height", func(g *types.GenesisState) { g.Subnets[0].PausedHeight = -1 }},
		{"when a subnet has no name", "name is empty", func(g *types.GenesisState) { g.Subnets[0].Name = "" }},
		{"when a link of a subnet is malformed", "link", func(g *types.GenesisState) { g.Subnets[0].Details.Url = "x" }},
		{"when a subnet is offered to its owner", "offered to its owner", func(g *types.GenesisState) { g.Subnets[0].OfferedTo = g.Subnets[0].Owner }},
		{"when a subnet that was never started is closing", "never started", func(g *types.GenesisState) { g.Subnets[1].ClosingEpoch = 1 }},
		{"when parameters wait for an epoch of a subnet that was never started", "never started", func(g *types.GenesisState) { g.Subnets[1].NextParams = &g.Subnets[1].Params }},
		{"when a parameter that waits is out of its range", "next_params", func(g *types.GenesisState) { g.Subnets[0].NextParams.Tempo = 0 }},
		{"when parameters that wait leave too few slots", "next_params have 3 slots", func(g *types.GenesisState) { g.Subnets[0].NextParams.MaxMiners = 3 }},
		{"when a change is of no subnet", "no such subnet", func(g *types.GenesisState) { g.ParamChanges[0].Netuid = 9 }},
		{"when a change is of no parameter", "no such parameter", func(g *types.GenesisState) { g.ParamChanges[0].Name = "x" }},
		{"when a change is by nobody", "by \"\"", func(g *types.GenesisState) { g.ParamChanges[0].By = "" }},
		{"when a change is there twice", "there twice", func(g *types.GenesisState) { g.ParamChanges[1].Name = g.ParamChanges[0].Name }},
		{"when vote shares are not in order", "vote share of subnet 1 follows that of subnet 2", func(g *types.GenesisState) {
			g.VoteShares = []types.VoteShare{{Netuid: 2}, {Netuid: 1}}
		}},
		{"when a vote share is of netuid 0", "vote share of subnet 0", func(g *types.GenesisState) { g.VoteShares = []types.VoteShare{{}} }},
		{"when a vote share is of a subnet that never was", "vote share of subnet 9", func(g *types.GenesisState) { g.VoteShares = []types.VoteShare{{Netuid: 9}} }},
		{"when a vote share is more than all", "the whole is", func(g *types.GenesisState) {
			g.VoteShares = []types.VoteShare{{Netuid: 1, Share: types.WholeShare + 1}}
		}},
		{"when the module account lacks the deposits", "deposits", func(*types.GenesisState) {}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var state types.GenesisState
			require.NoError(t, cdc.UnmarshalJSON(raw, &state))
			tc.change(&state)
			fresh := emptyFixture(t)
			require.ErrorContains(t, fresh.k.InitGenesis(fresh.ctx, state), tc.want)
		})
	}
	t.Run("when it is no JSON", func(t *testing.T) {
		require.ErrorContains(t, subnet.AppModule{}.ValidateGenesis(cdc, nil, json.RawMessage("{")), "cannot be read")
	})
}
