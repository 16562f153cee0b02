package keeper_test

import (
	"context"
	"errors"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// fakeSubnet is one subnet; tests set its fields.
type fakeSubnet struct {
	subnet subnettypes.Subnet
	active bool
	due    bool
	// every closes the epoch again after so many heights; 0 leaves due alone.
	every   int64
	permits []subnettypes.Permit
	// benchmarks that are paid; benchmark 0 alone has it all where a test says nothing else.
	benchmarks []subnettypes.EpochBenchmark
	rows       []subnettypes.ScoreRow
	miners     []uint64
	owners     map[uint64]string

	emissions  []uint64
	advanced   int
	rowsErr    error
	epochErr   error
	rowsPanic  any
	advanceErr error
}

type fakeSubnets struct {
	list []*fakeSubnet
	// removed subnets are gone, but the owners of their miners stay known.
	removed []*fakeSubnet
	// shares are those of the last SetVoteShares.
	shares map[uint32]uint64
	// ownerPanic brings MinerOwner down.
	ownerPanic any
}

// everyBenchmark are those on which a permit of the fake counts, unless a test says otherwise.
var everyBenchmark = []uint32{0, 1, 2, 3, 4, 5, 6, 7}

// shared makes benchmarks 0, 1, 2 and so on of version 1 with these shares in basis points.
func shared(shares ...uint32) []subnettypes.EpochBenchmark {
	var out []subnettypes.EpochBenchmark
	for i, share := range shares {
		out = append(out, subnettypes.EpochBenchmark{Benchmark: uint32(i), Version: 1, ShareBp: share})
	}
	return out
}

var errNoSubnet = errors.New("no such subnet")

// add makes an active subnet that is not due, with owner "owner".
func (s *fakeSubnets) add(netuid uint32) *fakeSubnet {
	n := &fakeSubnet{
		subnet: subnettypes.Subnet{Netuid: netuid, Owner: accountText(account("owner")), Params: subnettypes.DefaultSubnetParams()},
		active: true, owners: map[uint64]string{}, benchmarks: shared(10_000),
	}
	s.list = append(s.list, n)
	return n
}

// addMiner registers an identity.
func (n *fakeSubnet) addMiner(id uint64, owner sdk.AccAddress) {
	n.miners = append(n.miners, id)
	n.owners[id] = accountText(owner)
}

// replace gives the slot of one identity to a new one.
func (n *fakeSubnet) replace(old, id uint64, owner sdk.AccAddress) {
	n.miners = slices.DeleteFunc(n.miners, func(x uint64) bool { return x == old })
	n.addMiner(id, owner)
}

// permit gives a hotkey, named like its operator's account with a suffix, a permit.
func (n *fakeSubnet) permit(operator sdk.AccAddress, hotkey string, power uint64) {
	n.permits = append(n.permits, subnettypes.Permit{Validator: operatorText(operator), Hotkey: accountText(account(hotkey)), Power: power, ActiveOn: everyBenchmark})
}

// reveal opens a row of benchmark 0: pairs of identity and weight.
func (n *fakeSubnet) reveal(hotkey string, pairs ...uint64) { n.revealOn(0, hotkey, pairs...) }

// revealOn opens a row of a benchmark.
func (n *fakeSubnet) revealOn(benchmark uint32, hotkey string, pairs ...uint64) {
	row := subnettypes.ScoreRow{Netuid: n.subnet.Netuid, Benchmark: benchmark, Hotkey: accountText(account(hotkey))}
	for i := 0; i < len(pairs); i += 2 {
		row.MinerIds, row.Weights = append(row.MinerIds, pairs[i]), append(row.Weights, uint32(pairs[i+1]))
	}
	n.rows = slices.DeleteFunc(n.rows, func(r subnettypes.ScoreRow) bool { return r.Hotkey == row.Hotkey && r.Benchmark == benchmark })
	n.rows = append(n.rows, row)
}

func (s *fakeSubnets) find(netuid uint32) (*fakeSubnet, error) {
	for _, n := range s.list {
		if n.subnet.Netuid == netuid {
			return n, nil
		}
	}
	return nil, errNoSubnet
}

// ever finds a subnet that is there or was.
func (s *fakeSubnets) ever(netuid uint32) (*fakeSubnet, error) {
	for _, n := range s.removed {
		if n.subnet.Netuid == netuid {
			return n, nil
		}
	}
	return s.find(netuid)
}

func (s *fakeSubnets) netuids(keep func(*fakeSubnet) bool) []uint32 {
	var out []uint32
	for _, n := range s.list {
		if keep(n) {
			out = append(out, n.subnet.Netuid)
		}
	}
	slices.Sort(out)
	return out
}

func (s *fakeSubnets) DueSubnets(ctx context.Context) ([]uint32, error) {
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	return s.netuids(func(n *fakeSubnet) bool {
		return n.active && (n.due || n.every > 0 && height >= n.subnet.EpochStartHeight+n.every)
	}), nil
}

func (s *fakeSubnets) ActiveNetuids(context.Context) ([]uint32, error) {
	return s.netuids(func(n *fakeSubnet) bool { return n.active }), nil
}

func (s *fakeSubnets) HasSubnet(_ context.Context, netuid uint32) (bool, error) {
	_, err := s.find(netuid)
	return err == nil, nil
}

func (s *fakeSubnets) Subnet(_ context.Context, netuid uint32) (subnettypes.Subnet, error) {
	n, err := s.find(netuid)
	if err != nil {
		return subnettypes.Subnet{}, err
	}
	return n.subnet, nil
}

func (s *fakeSubnets) CurrentEpoch(_ context.Context, netuid uint32) (subnettypes.Epoch, error) {
	n, err := s.find(netuid)
	if err != nil {
		return subnettypes.Epoch{}, err
	}
	if n.epochErr != nil {
		return subnettypes.Epoch{}, n.epochErr
	}
	return subnettypes.Epoch{Netuid: netuid, Index: n.subnet.Epoch, Permits: n.permits}, nil
}

func (s *fakeSubnets) ClosingBenchmarks(_ context.Context, netuid uint32) ([]subnettypes.EpochBenchmark, error) {
	n, err := s.find(netuid)
	if err != nil {
		return nil, err
	}
	return n.benchmarks, nil
}

func (s *fakeSubnets) ClosingRows(_ context.Context, netuid, benchmark uint32) ([]subnettypes.ScoreRow, error) {
	n, err := s.find(netuid)
	if err != nil {
		return nil, err
	}
	if n.rowsPanic != nil {
		panic(n.rowsPanic)
	}
	rows := make([]subnettypes.ScoreRow, 0, len(n.permits))
	for _, row := range n.rows {
		if row.Benchmark == benchmark {
			rows = append(rows, row)
		}
	}
	return rows, n.rowsErr
}

func (s *fakeSubnets) MinerIDs(_ context.Context, netuid uint32) ([]uint64, error) {
	n, err := s.find(netuid)
	if err != nil {
		return nil, err
	}
	return n.miners, nil
}

func (s *fakeSubnets) MinersOfOwner(_ context.Context, netuid uint32, owner sdk.AccAddress) ([]uint64, error) {
	var out []uint64
	n, _ := s.ever(netuid)
	if n == nil {
		return out, nil
	}
	for id, o := range n.owners {
		if o == accountText(owner) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (s *fakeSubnets) MinerOwner(_ context.Context, netuid uint32, minerID uint64) (sdk.AccAddress, error) {
	if s.ownerPanic != nil {
		panic(s.ownerPanic)
	}
	n, err := s.ever(netuid)
	if err != nil {
		return nil, err
	}
	owner, found := n.owners[minerID]
	if !found {
		return nil, errors.New("no such miner")
	}
	return accounts.StringToBytes(owner)
}

func (s *fakeSubnets) SetVoteShares(_ context.Context, netuids []uint32, shares []uint64) error {
	if !slices.IsSorted(netuids) || len(netuids) != len(shares) {
		return errors.New("one share per netuid, ascending")
	}
	s.shares = map[uint32]uint64{}
	for i, netuid := range netuids {
		s.shares[netuid] = shares[i]
	}
	return nil
}

func (s *fakeSubnets) SetMinerEmissions(_ context.Context, netuid uint32, ids, amounts []uint64) error {
	n, err := s.find(netuid)
	if err != nil {
		return err
	}
	if !slices.Equal(ids, n.miners) || len(ids) != len(amounts) {
		return errors.New("emissions must name exactly the registered miners")
	}
	n.emissions = amounts
	return nil
}

func (s *fakeSubnets) AdvanceEpoch(ctx context.Context, netuid uint32) error {
	n, err := s.find(netuid)
	if err != nil {
		return err
	}
	if n.advanceErr != nil {
		return n.advanceErr
	}
	n.due = false
	n.advanced++
	n.subnet.Epoch++
	n.subnet.EpochStartHeight = sdk.UnwrapSDKContext(ctx).BlockHeight()
	return nil
}
