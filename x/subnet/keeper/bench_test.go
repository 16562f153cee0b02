package keeper_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agora-network/agora/x/subnet/types"
)

// What is measured reads the store as a node does: from disk, in a branch for the transaction, with gas.

// revealOf4096 gives a run of the handler on a row of 4,096 weights, without signature checks, among 64 validators.
func revealOf4096(t testing.TB) func() error {
	f := crowdedSubnet(t, 4_096, 64)
	reveal := row("v1 hot", 0)
	for id := range uint64(4_096) {
		reveal.MinerIds = append(reveal.MinerIds, id+1)
		reveal.Weights = append(reveal.Weights, 65_535)
	}
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", reveal))
	f.to(12)
	f.commit()
	return func() error {
		cached, _ := f.ctx.CacheContext()
		_, err := f.msgs.RevealScores(cached, reveal)
		return err
	}
}

// commitAmong gives a run of the handler of a commit, without signature checks, among as many validators.
func commitAmong(t testing.TB, validators uint32) func() error {
	f := crowdedSubnet(t, 256, validators)
	commit := commitOf(t, "v1 hot", row("v1 hot", 0, 1))
	return func() error {
		cached, _ := f.ctx.CacheContext()
		_, err := f.msgs.CommitScores(cached, commit)
		return err
	}
}

// metagraphOf4096 gives a run that reads the metagraph of a subnet of 4,096 miners, all pages.
func metagraphOf4096(t testing.TB) func() error {
	f := fullSubnet(t, 4_096)
	return func() error {
		var next []byte
		for pages := 0; pages == 0 || next != nil; pages++ {
			response, err := f.queries.Metagraph(f.ctx, &types.QueryMetagraphRequest{Netuid: 1, Pagination: &query.PageRequest{Key: next, Limit: 4_096}})
			if err != nil {
				return err
			}
			next = response.Pagination.NextKey
		}
		return nil
	}
}

func benchmark(b *testing.B, run func() error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := run(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReveal4096(b *testing.B) { benchmark(b, revealOf4096(b)) }

func BenchmarkCommit(b *testing.B) {
	for _, validators := range []uint32{1, 64, 256} {
		b.Run(fmt.Sprint(validators, "-validators"), func(b *testing.B) { benchmark(b, commitAmong(b, validators)) })
	}
}

func BenchmarkMetagraph4096(b *testing.B) { benchmark(b, metagraphOf4096(b)) }

// Times depend on the machine; allocations do not. The bounds are a fifth above what was measured, so that a step back is seen.
func TestWhatIsMeasuredAllocatesNoMore(t *testing.T) {
	for _, tc := range []struct {
		name string
		most float64
		run  func(testing.TB) func() error
	}{
		{"a reveal of 4,096 weights", 470, revealOf4096},
		{"a commit among 64 validators", 370, func(t testing.TB) func() error { return commitAmong(t, 64) }},
		{"a metagraph of 4,096 miners", 45_000, metagraphOf4096},
	} {
		t.Run(tc.name, func(t *testing.T) {
			run := tc.run(t)
			var failed error
			allocated := testing.AllocsPerRun(5, func() {
				if err := run(); err != nil {
					failed = err
				}
			})
			require.NoError(t, failed)
			require.LessOrEqual(t, allocated, tc.most)
			require.GreaterOrEqual(t, allocated, tc.most/2, "the bound is far above what is needed: lower it")
		})
	}
}

func TestTheLargestMetagraphTakesThreePagesBelowAMegabyte(t *testing.T) {
	f := fullSubnet(t, 4_096)
	for uid := range uint32(4_096) {
		key := collections.Join(uint32(1), uid)
		miner, err := f.k.Miners.Get(f.ctx, key)
		require.NoError(t, err)
		miner.Endpoints = []string{"https://" + strings.Repeat("m", types.MaxURLBytes-len("https://"))}
		miner.Capabilities.Model = strings.Repeat("m", types.MaxModelBytes)
		miner.RegisteredHeight = 1 << 40
		require.NoError(t, f.k.Miners.Set(f.ctx, key, miner))
	}
	var next []byte
	seen, pages := 0, 0
	for pages == 0 || next != nil {
		response, err := f.queries.Metagraph(f.ctx, &types.QueryMetagraphRequest{Netuid: 1, Pagination: &query.PageRequest{Key: next, Limit: 4_096}})
		require.NoError(t, err)
		require.LessOrEqual(t, response.Size(), 1_000_000)
		seen += len(response.Uids)
		next = response.Pagination.NextKey
		pages++
	}
	require.Equal(t, 4_096, seen)
	require.Equal(t, 3, pages)
}

// fullSubnet is a subnet with n miners and one validator in the first block of epoch 0, committed to disk.
func fullSubnet(t testing.TB, n uint32) *fixture { return crowdedSubnet(t, n, 1) }

// crowdedSubnet is a subnet with n miners and some validators, v1 and so on, in the first block of epoch 0, committed to disk.
func crowdedSubnet(t testing.TB, n, validators uint32) *fixture {
	t.Helper()
	f := newFixture(t)
	f.rich("owner")
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums", Params: quick()})
	// More than a registration with so short a tempo would take.
	f.tune(func(p *types.SubnetParams) { p.MaxMiners, p.MaxValidators = n, validators })
	must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "first"))
	for uid := range n {
		miner := types.Miner{Netuid: 1, Uid: uid, MinerId: uint64(uid) + 1, Owner: addr("owner"), Hotkey: addr(fmt.Sprint("hot ", uid)), Endpoints: []string{"https://miner.example:8443"}}
		require.NoError(t, f.k.Miners.Set(f.ctx, collections.Join(uint32(1), uid), miner))
		require.NoError(t, f.k.MinerOwners.Set(f.ctx, collections.Join(uint32(1), miner.MinerId), addressOf("owner")))
	}
	s := f.subnet(1)
	s.MinerCount, s.NextMinerId = n, uint64(n)+1
	require.NoError(t, f.k.Subnets.Set(f.ctx, 1, s))
	for i := range validators {
		name := fmt.Sprintf("v%d", i+1)
		f.staking.add(name, 300_000_000)
		f.appoint(name, 0, name+" hot", 10_000)
	}
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(2)
	f.commit()
	return f
}
