package keeper_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/x/subnet/types"
)

// Whatever 20 accounts and governance send, in whatever order, valid or not: no handler panics, no
// invariant breaks, the state can be exported, validated and imported, and two nodes that execute the
// same agree.
func TestRandomTransactionsKeepAllInvariants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, twin := randomChain(t, rt), randomChain(t, rt)
		steps := rapid.IntRange(20, 200).Draw(rt, "steps")
		for range steps {
			step := drawStep(rt)
			first, second := step(f), step(twin)
			require.Equal(rt, first, second, "two nodes answer alike")
		}
		f.sound()
		state, err := f.k.ExportGenesis(f.ctx)
		require.NoError(rt, err)
		require.NoError(rt, state.Validate())
		imported := emptyFixture(t)
		imported.bank.balances, imported.ctx = f.bank.copy(), imported.ctx.WithBlockHeader(f.ctx.BlockHeader())
		require.NoError(rt, imported.k.InitGenesis(imported.ctx, *state))
		again, err := imported.k.ExportGenesis(imported.ctx)
		require.NoError(rt, err)
		require.Equal(rt, state, again)
		other, err := twin.k.ExportGenesis(twin.ctx)
		require.NoError(rt, err)
		require.Equal(rt, state, other)
	})
}

func randomChain(t *testing.T, rt *rapid.T) *fixture {
	f := newFixture(t)
	f.t = rt
	for i := range 20 {
		f.rich(fmt.Sprint(i))
	}
	// Three subnets at once and a short immunity: registrations remove others.
	f.limit(3, 8)
	params, err := f.k.Params.Get(f.ctx)
	require.NoError(rt, err)
	params.DefaultSubnetParams.BondRelease = 5 // within a walk
	must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.gov, Params: params})
	for i := range 4 {
		f.staking.add(fmt.Sprint(i), int64(i+1)*100_000_000)
		must(f, f.msgs.AppointHotkey, &types.MsgAppointHotkey{Operator: addr(fmt.Sprint(i)), Hotkey: addr(fmt.Sprint(16 + i)), ShareBp: types.BasisPoints})
	}
	// A subnet that runs, with two benchmarks: from nothing, few walks would come to scores.
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("0"), Name: "n", Params: lively(0)})
	for number := range uint32(2) {
		msg := proposal("0", 1, "first")
		msg.Benchmark = number
		must(f, f.msgs.ProposeBenchmark, msg)
	}
	must(f, f.msgs.SetBenchmarkShares, &types.MsgSetBenchmarkShares{Owner: addr("0"), Netuid: 1, Steps: []types.ShareStep{from(0, 6_000, 4_000)}})
	for i := range 2 {
		must(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr(fmt.Sprint(i)), Netuid: 1, Hotkey: addr(fmt.Sprint(8 + i))})
	}
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("0"), Netuid: 1})
	return f
}

// lively are parameters with which a walk of some blocks sees everything.
func lively(openSlots uint32) *types.SubnetParams {
	return &types.SubnetParams{Tempo: 6, MaxMiners: 3, MaxValidators: 3, ImmunityPeriod: 3, MinOpenSlots: openSlots, HotkeyInterval: 2, ModelInterval: 2, MaxModelBytes: 500, BondRelease: 5}
}

// drawStep draws one block or one transaction for one of the youngest subnets, or the next one.
func drawStep(t *rapid.T) func(*fixture) string {
	var netuid uint32
	age := rapid.SampledFrom([]uint32{0, 1, 1, 1, 2, 2, 3, 4}).Draw(t, "age")
	step := drawAction(t, &netuid)
	return func(f *fixture) string {
		next, err := f.k.NextNetuid.Get(f.ctx)
		require.NoError(t, err)
		netuid = next - min(age, next)
		return step(f)
	}
}

// drawAction draws what is done. Small ranges make collisions likely.
func drawAction(t *rapid.T, netuid *uint32) func(*fixture) string {
	who := func(label string) string { return addr(fmt.Sprint(rapid.IntRange(0, 19).Draw(t, label))) }
	account, hotkey := who("account"), fmt.Sprint(rapid.IntRange(0, 19).Draw(t, "hotkey"))
	amount := rapid.Uint32Range(0, 12_000).Draw(t, "amount")
	epoch := rapid.Uint64Range(0, 6).Draw(t, "epoch")
	step := rapid.SampledFrom(append([]string{"block", "block", "block", "block", "subnet", "benchmark", "start", "miner", "miner", "of a miner", "of a miner", "of a miner", "serve", "appoint", "appoint", "scores", "scores", "open", "open", "round", "round", "reveal", "emissions", "pause", "resume", "votes"}, ownerSteps...)).Draw(t, "step")
	if slices.Contains(ownerSteps, step) {
		return drawOwnerAction(t, step, netuid, account)
	}
	switch step {
	case "block":
		blocks := rapid.IntRange(1, 4).Draw(t, "blocks")
		return func(f *fixture) string {
			for range blocks {
				f.endBlock()
				f.beginBlock()
			}
			return fmt.Sprint(f.ctx.BlockHeight())
		}
	case "subnet":
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{
				Owner: account, Name: "n", MaxDeposit: uint64(amount/6_000) * 10_000_000_000,
				Params: lively(amount % 3),
			})
		})
	case "benchmark":
		number, later := rapid.Uint32Range(0, 2).Draw(t, "number"), rapid.Int64Range(-1, 12).Draw(t, "later")
		return tx(func(f *fixture) (any, error) {
			msg := proposal("", *netuid, fmt.Sprint("spec-", epoch))
			msg.Owner, msg.Benchmark = ownerOr(f, *netuid, account), number
			if later != 0 {
				msg.ActivationHeight = f.ctx.BlockHeight() + later
			}
			return do(f, f.msgs.ProposeBenchmark, msg)
		})
	case "start":
		return tx(func(f *fixture) (any, error) {
			// Chains whose subnets run are the interesting ones.
			_, _ = do(f, f.msgs.ProposeBenchmark, func() *types.MsgProposeBenchmark {
				msg := proposal("", *netuid, "first")
				msg.Owner = ownerOr(f, *netuid, account)
				return msg
			}())
			return do(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: ownerOr(f, *netuid, account), Netuid: *netuid})
		})
	case "miner":
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: account, Netuid: *netuid, Hotkey: addr(hotkey)})
		})
	case "of a miner":
		return drawMinerAction(t, netuid)
	case "serve":
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.Serve, &types.MsgServe{Hotkey: addr(hotkey), Netuid: *netuid, Endpoints: []string{fmt.Sprintf("http://m%d.example", amount)}})
		})
	case "appoint":
		operator := addr(fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "operator")))
		everywhere := rapid.Bool().Draw(t, "everywhere")
		return tx(func(f *fixture) (any, error) {
			where := *netuid
			if everywhere {
				where = 0
			}
			return do(f, f.msgs.AppointHotkey, &types.MsgAppointHotkey{Operator: operator, Netuid: where, Hotkey: addr(hotkey), ShareBp: amount})
		})
	case "scores":
		return tx(func(f *fixture) (any, error) { return commitAll(f, *netuid) })
	case "open":
		return tx(func(f *fixture) (any, error) { return openAll(f, *netuid) })
	case "round":
		return tx(func(f *fixture) (any, error) {
			committed, err := commitAll(f, *netuid)
			if err != nil {
				return nil, err
			}
			s := f.subnet(*netuid)
			f.to(s.EpochStartHeight + int64(s.Params.Tempo))
			opened, err := openAll(f, *netuid)
			return committed + opened, err
		})
	case "reveal":
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.RevealScores, randomRow(hotkey, *netuid, epoch, types.EpochBenchmark{Benchmark: amount % 2, Version: amount % 3}))
		})
	case "pause":
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.PauseSubnet, &types.MsgPauseSubnet{Authority: f.gov, Netuid: *netuid})
		})
	case "resume":
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.ResumeSubnet, &types.MsgResumeSubnet{Authority: f.gov, Netuid: *netuid})
		})
	case "votes":
		return tx(func(f *fixture) (any, error) {
			next, err := f.k.NextNetuid.Get(f.ctx)
			if err != nil || *netuid+1 >= next {
				return nil, err
			}
			return *netuid, f.k.SetVoteShares(f.ctx, []uint32{*netuid + 1}, []uint64{uint64(amount)})
		})
	default:
		return tx(func(f *fixture) (any, error) {
			ids, err := f.k.MinerIDs(f.ctx, *netuid)
			if err != nil {
				return nil, err
			}
			amounts := make([]uint64, len(ids))
			for i := range amounts {
				amounts[i] = uint64(amount) % (uint64(i) + 2)
			}
			return len(ids), f.k.SetMinerEmissions(f.ctx, *netuid, ids, amounts)
		})
	}
}

// commitAll lets every permit holder of the epoch under way commit on every benchmark, or set its scores where they are set in
// the open, and counts them.
func commitAll(f *fixture, netuid uint32) (int, error) {
	s, err := f.k.Subnet(f.ctx, netuid)
	if err != nil {
		return 0, err
	}
	now, err := f.k.CurrentEpoch(f.ctx, netuid)
	if err != nil {
		return 0, err
	}
	done := 0
	for _, permit := range now.Permits {
		name := nameOf(permit.Hotkey)
		for _, benchmark := range now.Benchmarks {
			made := randomRow(name, netuid, now.Index, benchmark)
			if s.Params.DirectScores {
				_, err = do(f, f.msgs.SetScores, direct(made))
			} else {
				_, err = do(f, f.msgs.CommitScores, commitOf(f.t, name, made))
			}
			if err != nil {
				return done, err
			}
			done++
		}
	}
	return done, nil
}

// openAll opens every commit of the epoch before, and counts them.
func openAll(f *fixture, netuid uint32) (int, error) {
	s, err := f.k.Subnet(f.ctx, netuid)
	if err != nil || s.Epoch == 0 {
		return 0, err
	}
	commits, err := f.queries.Commits(f.ctx, &types.QueryCommitsRequest{Netuid: netuid, Epoch: s.Epoch - 1})
	if err != nil {
		return 0, err
	}
	for _, c := range commits.Commits {
		if c.Revealed {
			continue
		}
		made := randomRow(nameOf(c.Hotkey), netuid, c.Epoch, types.EpochBenchmark{Benchmark: c.Benchmark, Version: c.BenchmarkVersion})
		if _, err := do(f, f.msgs.RevealScores, made); err != nil {
			return 0, err
		}
	}
	return len(commits.Commits), nil
}

func tx(run func(*fixture) (any, error)) func(*fixture) string {
	return func(f *fixture) string {
		response, err := run(f)
		return fmt.Sprint(response, err)
	}
}

func ownerOr(f *fixture, netuid uint32, other string) string {
	if s, err := f.k.Subnet(f.ctx, netuid); err == nil {
		return s.Owner
	}
	return other
}

// nameOf finds the account of an address.
func nameOf(address string) string {
	for i := range 20 {
		if name := fmt.Sprint(i); addr(name) == address {
			return name
		}
	}
	return ""
}

func randomRow(hotkey string, netuid uint32, epoch uint64, on types.EpochBenchmark) *types.MsgRevealScores {
	reveal := row(hotkey, epoch, 3)
	reveal.Netuid, reveal.Benchmark, reveal.BenchmarkVersion = netuid, on.Benchmark, on.Version
	return reveal
}
