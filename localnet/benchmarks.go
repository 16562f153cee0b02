package localnet

import (
	"context"
	"errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/chainclient"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// shippedBenchmarks are what the subnet measures, by their number: everything, and sums and differences alone, which the
// weak model cannot do.
var shippedBenchmarks = [...]string{benchmarks.Default, "arithmetic"}

// sharesOf says how so many benchmarks share the subnet's emission, in basis points.
func sharesOf(benchmarks int) []uint32 {
	if benchmarks == 1 {
		return []uint32{fullShare}
	}
	return []uint32{7000, 3000}
}

// registerSubnet locks the deposit, proposes the shipped benchmarks and shares the emission between them.
func (l *launcher) registerSubnet(ctx context.Context) error {
	owner, err := l.address(ownerKey)
	if err != nil {
		return err
	}
	var messages []sdk.Msg
	var subnet subnettypes.Subnet
	response, err := l.client.Subnet(0).Subnet(ctx, &subnettypes.QuerySubnetRequest{Netuid: netuid})
	switch {
	case errors.Is(err, chainclient.ErrNotFound):
		messages = append(messages, &subnettypes.MsgRegisterSubnet{
			Owner: owner, Name: benchmarks.Default, Description: "Short questions with exact answers, drawn from the chain's beacon.",
			Params: &subnettypes.SubnetParams{Tempo: l.plan.Settings.Tempo},
		})
	case err != nil:
		return err
	default:
		subnet = response.Subnet
	}
	wanted := l.plan.Settings.Benchmarks
	for number := len(subnet.LatestVersions); number < wanted; number++ {
		proposal, err := propose(owner, number)
		if err != nil {
			return err
		}
		messages = append(messages, proposal)
	}
	if wanted > 1 && len(subnet.ShareSteps) == 0 {
		messages = append(messages, &subnettypes.MsgSetBenchmarkShares{
			Owner: owner, Netuid: netuid, Steps: []subnettypes.ShareStep{{SharesBp: sharesOf(wanted)}},
		})
	}
	return l.send(ctx, ownerKey, messages...)
}

// propose is the message that makes a shipped benchmark the one of its number.
func propose(owner string, number int) (*subnettypes.MsgProposeBenchmark, error) {
	declared, err := benchmarks.Load(shippedBenchmarks[number])
	if err != nil {
		return nil, err
	}
	canonical, err := spec.Encode(declared)
	if err != nil {
		return nil, err
	}
	digest, err := spec.Digest(declared)
	if err != nil {
		return nil, err
	}
	return &subnettypes.MsgProposeBenchmark{
		Owner: owner, Netuid: netuid, Benchmark: uint32(number), Spec: canonical, Digest: digest[:], //nolint:gosec // an index
	}, nil
}
