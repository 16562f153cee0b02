package keeper_test

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/agora-network/agora/x/subnet/types"
)

// ownerSteps are what drawOwnerAction can draw.
var ownerSteps = []string{"change", "change", "identity", "offer", "accept", "close", "reopen", "withdraw", "shares", "shares", "bounds", "tune", "tune"}

// tunedFields are what bounds and tunes name.
var tunedFields = []string{"request.max_tokens", "weights.baseline_bp", "weights.power.exponent", "weights.softmax.temperature_bp"}

// drawOwnerAction draws what an owner, or somebody in its place, does with a subnet.
func drawOwnerAction(t *rapid.T, what string, netuid *uint32, account string) func(*fixture) string {
	// Mostly the owner itself: the others are refused at once.
	stranger := rapid.IntRange(0, 9).Draw(t, "stranger") == 0
	owner := func(f *fixture) string {
		if stranger {
			return account
		}
		return ownerOr(f, *netuid, account)
	}
	switch what {
	case "change":
		governed := rapid.Bool().Draw(t, "governed")
		fields := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"tempo", "reveal_window", "max_miners", "immunity_period", "min_burn", "benchmark_notice", "kappa", "direct_scores"}), 1, 3, rapid.ID).Draw(t, "fields")
		params := types.SubnetParams{
			Tempo:           rapid.Uint64Range(4, 7).Draw(t, "tempo"),
			RevealWindow:    rapid.Uint64Range(1, 5).Draw(t, "reveal window"),
			MaxMiners:       rapid.Uint32Range(1, 4).Draw(t, "slots"),
			ImmunityPeriod:  rapid.Uint64Range(1, 8).Draw(t, "immunity"),
			MinBurn:         rapid.Uint64Range(1, 2_000_000).Draw(t, "min burn"),
			BenchmarkNotice: rapid.Uint32Range(1, 3).Draw(t, "notice"),
			Kappa:           rapid.Uint32Range(0, 3).Draw(t, "kappa"),
			DirectScores:    rapid.Bool().Draw(t, "direct"),
		}
		return tx(func(f *fixture) (any, error) {
			signer := owner(f)
			if governed {
				signer = f.gov
			}
			return do(f, f.msgs.UpdateSubnetParams, &types.MsgUpdateSubnetParams{Signer: signer, Netuid: *netuid, Fields: fields, Params: params})
		})
	case "identity":
		url := rapid.SampledFrom([]string{"", "https://a.example", "no link"}).Draw(t, "url")
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.UpdateSubnetIdentity, &types.MsgUpdateSubnetIdentity{Owner: owner(f), Netuid: *netuid, Name: "m", Details: types.SubnetDetails{Url: url}})
		})
	case "shares":
		first := rapid.Uint32Range(0, types.BasisPoints).Draw(t, "first")
		later := rapid.Int64Range(0, 20).Draw(t, "later")
		benchmarks := rapid.IntRange(1, 3).Draw(t, "benchmarks")
		return tx(func(f *fixture) (any, error) {
			shares := make([]uint32, benchmarks)
			shares[0] = first
			shares[benchmarks-1] += types.BasisPoints - first
			steps := []types.ShareStep{from(0, shares...)}
			if later > 0 {
				steps = append(steps, from(f.ctx.BlockHeight()+later, types.BasisPoints))
			}
			return do(f, f.msgs.SetBenchmarkShares, &types.MsgSetBenchmarkShares{Owner: owner(f), Netuid: *netuid, Steps: steps})
		})
	case "bounds":
		benchmark := rapid.Uint32Range(0, 1).Draw(t, "benchmark")
		fields := rapid.SliceOfNDistinct(rapid.SampledFrom(tunedFields), 0, 2, rapid.ID).Draw(t, "fields")
		slices.Sort(fields)
		step := rapid.Uint64Range(1, 500).Draw(t, "max change")
		high := rapid.SampledFrom([]uint64{8, 1_000, 100_000}).Draw(t, "max")
		return tx(func(f *fixture) (any, error) {
			msg := &types.MsgSetBenchmarkBounds{Signer: owner(f), Netuid: *netuid, Benchmark: benchmark}
			for _, field := range fields {
				msg.Bounds = append(msg.Bounds, types.FieldBound{Field: field, MaxChange: step, Max: high})
			}
			return do(f, f.msgs.SetBenchmarkBounds, msg)
		})
	case "tune":
		benchmark := rapid.Uint32Range(0, 1).Draw(t, "benchmark")
		field := rapid.SampledFrom(tunedFields).Draw(t, "field")
		value := rapid.Uint64Range(0, 60).Draw(t, "value")
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.TuneBenchmark, &types.MsgTuneBenchmark{
				Owner: owner(f), Netuid: *netuid, Benchmark: benchmark, Changes: []types.FieldChange{{Field: field, Value: value}},
			})
		})
	case "offer":
		to := addr(fmt.Sprint(rapid.IntRange(0, 19).Draw(t, "to")))
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.OfferSubnet, &types.MsgOfferSubnet{Owner: owner(f), Netuid: *netuid, NewOwner: to})
		})
	case "accept":
		return tx(func(f *fixture) (any, error) {
			by := account
			if s, err := f.k.Subnet(f.ctx, *netuid); err == nil && s.OfferedTo != "" && !stranger {
				by = s.OfferedTo
			}
			return do(f, f.msgs.AcceptSubnet, &types.MsgAcceptSubnet{NewOwner: by, Netuid: *netuid})
		})
	case "withdraw":
		back := rapid.Uint32Range(0, 1).Draw(t, "back")
		benchmark := rapid.Uint32Range(0, 1).Draw(t, "benchmark")
		return tx(func(f *fixture) (any, error) {
			s, err := f.k.Subnet(f.ctx, *netuid)
			if err != nil {
				return nil, err
			}
			msg := &types.MsgWithdrawBenchmark{Owner: owner(f), Netuid: *netuid, Benchmark: benchmark}
			if int(benchmark) < len(s.LatestVersions) {
				msg.Version = s.LatestVersions[benchmark] - back
			}
			return do(f, f.msgs.WithdrawBenchmark, msg)
		})
	default:
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.CloseSubnet, &types.MsgCloseSubnet{Owner: owner(f), Netuid: *netuid, Reopen: what == "reopen"})
		})
	}
}
