package simulation

import (
	"context"
	"crypto/sha256"
	"fmt"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/x/subnet/types"
)

// mostBenchmarks is how many benchmarks a simulated subnet gets; more would only spread the same few scores thinner.
const mostBenchmarks = 3

// ProposeBenchmark proposes what a subnet measures: a new version on one that runs, or a benchmark beside the others, now and
// then for a later height.
func (o *Operations) ProposeBenchmark() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgProposeBenchmark, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		// Subnets without a benchmark first: they cannot start.
		fresh := func(s types.Subnet) bool { return len(s.LatestVersions) == 0 }
		accept := isAny
		if found, err := o.subnets(ctx, fresh); err == nil && len(found) > 0 && percent(r, 80) {
			accept = fresh
		}
		signer, subnet := o.ownersSubnet(ctx, data, reporter, accept)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		raw, err := randomSpec(r)
		if err != nil {
			reporter.Fail(err, "make a benchmark")
			return nil, nil, nil
		}
		digest := sha256.Sum256(raw)
		known := len(subnet.LatestVersions)
		msg := &types.MsgProposeBenchmark{
			Owner: signer.AddressBech32, Netuid: subnet.Netuid, Spec: raw, Digest: digest[:],
			Benchmark: uint32(between(r, 0, min(known, mostBenchmarks-1))),
		}
		if percent(r, 20) {
			msg.ActivationHeight = height(ctx) + int64(between(r, 0, 30))
		}
		signers := []simsx.SimAccount{signer}
		switch {
		case signer.AddressBech32 != subnet.Owner:
			return signers, msg, refusedWith(types.ErrNotOwner)
		case percent(r, 3):
			msg.Digest[0] ^= 1
			return signers, msg, refusedWith(types.ErrSpecDigest)
		case percent(r, 3):
			msg.Benchmark = uint32(known) + 1
			return signers, msg, refusedWith(types.ErrBenchmarkNumber)
		case percent(r, 3):
			msg.ActivationHeight = height(ctx) + 2*types.MaxActivationAhead
			return signers, msg, refusedWith(types.ErrActivationInvalid)
		}
		return signers, msg, mayFailWith(types.ErrBenchmarkPending)
	})
}

// specText is the benchmark that is proposed; its description makes each different.
const specText = `
format: 1
name: simulated
description: "%d"
kind: inference
source: {generator: basics/1, families: [add, sub]}
sampling: {items_per_miner: 4, domain: miner}
request: {endpoint: chat/completions, max_tokens: 32, temperature_milli: 0, deadline_ms: 2000}
scorers: [{scorer: exact, weight_bp: 10000, extract: after-last-equals}]
aggregation: {items: mean, ema_alpha_bp: 5000, absence: reset}
weights: {baseline_bp: 1500, top_k: 0, power: 2}
verification: receipts
`

// randomSpec is a small benchmark that no other equals.
func randomSpec(r *simsx.XRand) ([]byte, error) {
	s, err := spec.Parse(fmt.Appendf(nil, specText, r.Int63()))
	if err != nil {
		return nil, err
	}
	return spec.Encode(s)
}

// WithdrawBenchmark takes a version back that does not count yet, or tries to with one that does.
func (o *Operations) WithdrawBenchmark() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgWithdrawBenchmark, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		waiting, counting, err := o.newestVersions(ctx)
		if err != nil {
			reporter.Fail(err, "list the benchmark versions")
			return nil, nil, nil
		}
		candidates := waiting
		if percent(r, 5) {
			candidates = counting
		}
		if len(candidates) == 0 {
			reporter.Skip("no such version")
			return nil, nil, nil
		}
		version := simsx.OneOf(r, candidates)
		signer, subnet := o.ownersSubnet(ctx, data, reporter, func(s types.Subnet) bool { return s.Netuid == version.Netuid })
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		signers := []simsx.SimAccount{signer}
		msg := &types.MsgWithdrawBenchmark{Owner: signer.AddressBech32, Netuid: version.Netuid, Benchmark: version.Benchmark, Version: version.Version}
		switch {
		case signer.AddressBech32 != subnet.Owner:
			return signers, msg, refusedWith(types.ErrNotOwner)
		case percent(r, 3):
			msg.Version += 1_000
			return signers, msg, refusedWith(types.ErrBenchmarkNotFound)
		case !waits(subnet, version):
			return signers, msg, refusedWith(types.ErrBenchmarkActive)
		}
		return signers, msg, nil
	})
}

// newestVersions lists the newest version of every benchmark: those that do not count yet, and the others.
func (o *Operations) newestVersions(ctx context.Context) (waiting, counting []types.BenchmarkVersion, err error) {
	subnets, err := o.subnets(ctx, isAny)
	if err != nil {
		return nil, nil, err
	}
	for _, subnet := range subnets {
		for number := range subnet.LatestVersions {
			iter, err := o.keeper.Benchmarks.Iterate(ctx, collections.NewSuperPrefixedTripleRange[uint32, uint32, uint32](subnet.Netuid, uint32(number)))
			if err != nil {
				return nil, nil, err
			}
			versions, err := iter.Values()
			switch {
			case err != nil:
				return nil, nil, err
			case len(versions) == 0: // all of them were withdrawn
			case waits(subnet, versions[len(versions)-1]):
				waiting = append(waiting, versions[len(versions)-1])
			default:
				counting = append(counting, versions[len(versions)-1])
			}
		}
	}
	return waiting, counting, nil
}

// waits tells whether a version does not count in the epoch under way.
func waits(subnet types.Subnet, version types.BenchmarkVersion) bool {
	return subnet.Status != types.SUBNET_STATUS_ACTIVE ||
		version.ActivationEpoch > subnet.Epoch || version.ActivationHeight > subnet.EpochStartHeight
}

// SetBenchmarkShares lets the benchmarks of a subnet share its emission: at once, or in steps. Benchmark 0 always keeps a part.
func (o *Operations) SetBenchmarkShares() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetBenchmarkShares, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		several := func(s types.Subnet) bool { return len(s.LatestVersions) > 1 }
		signer, subnet := o.ownersSubnet(ctx, data, reporter, several)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgSetBenchmarkShares{Owner: signer.AddressBech32, Netuid: subnet.Netuid}
		if !percent(r, 10) { // none: benchmark 0 has it all
			from := int64(0)
			for range between(r, 1, 3) {
				msg.Steps = append(msg.Steps, types.ShareStep{FromHeight: from, SharesBp: randomShares(r, len(subnet.LatestVersions))})
				from = max(from, height(ctx)) + int64(between(r, 1, 20))
			}
		}
		signers := []simsx.SimAccount{signer}
		switch {
		case len(msg.Steps) > 0 && percent(r, 5):
			msg.Steps[0].SharesBp[0]--
			return signers, msg, refusedWith(types.ErrSharesInvalid)
		case signer.AddressBech32 != subnet.Owner:
			return signers, msg, refusedWith(types.ErrNotOwner)
		}
		return signers, msg, mayFailWith(types.ErrParamsFrozen, types.ErrSharesUnchanged)
	})
}

// randomShares divides 10,000 basis points among so many benchmarks; the first gets some, others may get none.
func randomShares(r *simsx.XRand, benchmarks int) []uint32 {
	shares := make([]uint32, benchmarks)
	left := types.BasisPoints
	for i := benchmarks - 1; i > 0; i-- {
		if percent(r, 80) {
			shares[i] = uint32(between(r, 1, left/2))
			left -= int(shares[i])
		}
	}
	shares[0] = uint32(left)
	return shares
}
