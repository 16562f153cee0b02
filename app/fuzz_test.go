package app_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/app/apptest"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/subnet/scorehash"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	fuzzedAccounts  = 20 // operators included
	fuzzedOperators = 4
	fuzzedBlocks    = 300
	// messagesPerBlock bounds a block, so that no input is only about one.
	messagesPerBlock = 40
)

// FuzzMessages lets random valid and invalid messages of both modules run for up to 300 blocks. After
// the messages of each block, and after its end-blocker, every invariant must hold; nothing may panic.
func FuzzMessages(f *testing.F) {
	for seed, size := range []int{0, 1_500, 16_000, 16_000, 16_000} {
		data := make([]byte, size)
		rand.New(rand.NewSource(int64(seed))).Read(data) //nolint:gosec // the seeds must be the same in every run
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := newBazaar(t, data)
		for c.Height < fuzzedBlocks && !c.input.empty() {
			c.NextBlock()
		}
		c.Blocks(8) // what was begun comes to its end
		require.NoError(t, c.sound(c.Ctx()))
		t.Logf("%d blocks, accepted and refused: %v", c.Height, c.outcomes)
	})
}

// bazaar is a chain on which 20 accounts and governance do what the input of a fuzz target says. The
// messages go to their handlers as those of transactions do, less signatures and fees.
type bazaar struct {
	*apptest.Chain
	*watchedApp
	testing  *testing.T
	input    *input
	accounts []apptest.Account
	// kinds are the messages of our modules, whatever they are: new ones take part by themselves.
	kinds []string
	// sealed holds by epoch, netuid and hotkey the rows that were committed.
	sealed map[string]*subnettypes.MsgRevealScores
	// outcomes counts by type of message what was accepted and what was refused.
	outcomes map[string][2]int
}

func newBazaar(t *testing.T, data []byte) *bazaar {
	t.Helper()
	c := &bazaar{testing: t, input: &input{data: data}, sealed: map[string]*subnettypes.MsgRevealScores{}, outcomes: map[string][2]int{}}
	var names []string
	for i := range fuzzedAccounts - fuzzedOperators {
		names = append(names, fmt.Sprintf("account-%d", i))
	}
	c.Chain = apptest.New(t, apptest.Options{
		Validators: fuzzedOperators, Accounts: names, Balance: 800_000_000_000, Genesis: crowded,
		App: func() *app.App {
			c.watchedApp = newWatchedApp(apptest.ChainID)
			c.during = c.act
			return c.watchedApp.App
		},
	})
	c.accounts = append(c.accounts, c.Operators...)
	for _, name := range names {
		c.accounts = append(c.accounts, c.Account(name))
	}
	for _, url := range c.Encoding().InterfaceRegistry.ListImplementations(sdk.MsgInterfaceProtoName) {
		if strings.HasPrefix(url, "/agora.") {
			c.kinds = append(c.kinds, url)
		}
	}
	slices.Sort(c.kinds)
	return c
}

// crowded makes room scarce: three subnets, of three miners, that epochs and immunity leave soon.
func crowded(cdc apptest.Codec, state map[string]json.RawMessage) {
	var subnet subnettypes.GenesisState
	cdc.MustUnmarshalJSON(state[subnettypes.ModuleName], &subnet)
	subnet.Params.MaxSubnets, subnet.Params.SubnetImmunityPeriod = 3, 8
	state[subnettypes.ModuleName] = cdc.MustMarshalJSON(&subnet)
	var rewards rewardstypes.GenesisState
	cdc.MustUnmarshalJSON(state[rewardstypes.ModuleName], &rewards)
	rewards.Params.TallyInterval, rewards.Params.TallyHalfLife = 3, 5
	rewards.Params.AutoClaimInterval, rewards.Params.AutoClaimMin = 60, 1
	state[rewardstypes.ModuleName] = cdc.MustMarshalJSON(&rewards)
}

// act runs the messages of a block.
func (c *bazaar) act(ctx sdk.Context) error {
	if c.Chain == nil { // the chain is only being made
		return nil
	}
	for range messagesPerBlock {
		if c.input.empty() {
			return nil
		}
		switch action := c.input.upTo(24); {
		case action < 5:
			return nil // enough for this block
		case action < 11:
			c.send(ctx, c.anyMessage(ctx))
		case action < 12:
			c.send(ctx, c.changedParams(ctx))
		case action < 15:
			c.openSubnet(ctx)
		case action < 17:
			c.send(ctx, &subnettypes.MsgRegisterMiner{Owner: c.account().String(), Netuid: c.netuid(ctx), Hotkey: c.account().String()})
		case action < 20:
			c.commit(ctx)
		case action < 23:
			c.reveal(ctx)
		default:
			netuids, err := c.SubnetKeeper.ActiveNetuids(ctx)
			require.NoError(c.testing, err)
			c.send(ctx, &rewardstypes.MsgClaim{Owner: c.account().String(), Netuids: netuids})
		}
	}
	return nil
}

// send hands a message to its handler; what it wrote stays only if it succeeds.
func (c *bazaar) send(ctx sdk.Context, msg sdk.Msg) (accepted bool) {
	cached, write := ctx.CacheContext()
	_, err := c.MsgServiceRouter().Handler(msg)(cached, msg)
	kind := sdk.MsgTypeURL(msg)
	count := c.outcomes[kind]
	if err == nil {
		write()
		count[0]++
	} else {
		count[1]++
	}
	c.outcomes[kind] = count
	return err == nil
}

// account draws one of the accounts.
func (c *bazaar) account() apptest.Account { return c.accounts[c.input.upTo(fuzzedAccounts)] }

// netuid draws one of the subnets there are, or one that is gone or not yet.
func (c *bazaar) netuid(ctx sdk.Context) uint32 {
	next, err := c.SubnetKeeper.NextNetuid.Get(ctx)
	if err != nil {
		return 0
	}
	return next - min(uint32(c.input.upTo(5)), next-1)
}

// openSubnet registers a small subnet, or gives one a benchmark, starts it and votes for it.
func (c *bazaar) openSubnet(ctx sdk.Context) {
	owner := c.account()
	switch c.input.upTo(4) {
	case 0:
		c.send(ctx, &subnettypes.MsgRegisterSubnet{Owner: owner.String(), Name: "crowded", Params: &subnettypes.SubnetParams{
			Tempo: 4, MaxMiners: 3, MaxValidators: 3, ImmunityPeriod: 3,
		}})
		return
	case 1:
		c.send(ctx, &rewardstypes.MsgVoteEmissions{Voter: c.Operators[c.input.upTo(fuzzedOperators)].String(), Weights: []rewardstypes.VoteWeight{
			{Netuid: c.netuid(ctx), WeightBp: uint32(c.input.upTo(10_001))},
		}})
		return
	}
	netuid := c.netuid(ctx)
	if subnet, err := c.SubnetKeeper.Subnet(ctx, netuid); err == nil {
		for i := range c.accounts {
			if c.accounts[i].String() == subnet.Owner {
				owner = c.accounts[i]
			}
		}
	}
	c.send(ctx, benchmarkBy(c.testing, owner, netuid))
	if second := benchmarkBy(c.testing, owner, netuid); c.input.upTo(2) == 1 {
		second.Benchmark = 1
		c.send(ctx, second)
		share := uint32(c.input.upTo(subnettypes.BasisPoints + 1))
		c.send(ctx, &subnettypes.MsgSetBenchmarkShares{Owner: owner.String(), Netuid: netuid, Steps: []subnettypes.ShareStep{
			{SharesBp: []uint32{share, subnettypes.BasisPoints - share}},
		}})
	}
	c.send(ctx, &subnettypes.MsgStartSubnet{Owner: owner.String(), Netuid: netuid})
	c.send(ctx, &subnettypes.MsgSetBenchmarkBounds{Signer: owner.String(), Netuid: netuid, Bounds: []subnettypes.FieldBound{
		{Field: "request.max_tokens", MaxChange: 4, Min: 1, Max: 64},
	}})
	c.send(ctx, &subnettypes.MsgTuneBenchmark{Owner: owner.String(), Netuid: netuid, Changes: []subnettypes.FieldChange{
		{Field: "request.max_tokens", Value: uint64(c.input.upTo(64))},
	}})
	operator, hotkey := c.Operators[c.input.upTo(fuzzedOperators)], c.account()
	c.send(ctx, &subnettypes.MsgAppointHotkey{Operator: operator.String(), Netuid: netuid, Hotkey: hotkey.String(), ShareBp: 1 + uint32(c.input.upTo(10_000))})
}

// commit lets the permit holders of a subnet commit rows on its miners.
func (c *bazaar) commit(ctx sdk.Context) {
	netuid := c.netuid(ctx)
	epoch, err := c.SubnetKeeper.CurrentEpoch(ctx, netuid)
	if err != nil {
		return
	}
	ids, err := c.SubnetKeeper.MinerIDs(ctx, netuid)
	require.NoError(c.testing, err)
	for _, permit := range epoch.Permits {
		benchmark := epoch.Benchmarks[c.input.upTo(len(epoch.Benchmarks))]
		row := &subnettypes.MsgRevealScores{
			Hotkey: permit.Hotkey, Netuid: netuid, Epoch: epoch.Index, Benchmark: benchmark.Benchmark, BenchmarkVersion: benchmark.Version,
			EvidenceRoot: make([]byte, scorehash.RootSize), Items: 1, Salt: make([]byte, scorehash.MinSaltSize),
		}
		for _, id := range ids {
			if weight := c.input.upTo(256); weight > 0 {
				row.MinerIds, row.Weights = append(row.MinerIds, id), append(row.Weights, uint32(weight))
			}
		}
		hotkey, err := sdk.AccAddressFromBech32(row.Hotkey)
		require.NoError(c.testing, err)
		hash, err := scorehash.Hash(scorehash.Row{
			ChainID: apptest.ChainID, Netuid: netuid, Benchmark: row.Benchmark, BenchmarkVersion: row.BenchmarkVersion, Epoch: row.Epoch, Hotkey: hotkey,
			MinerIDs: row.MinerIds, Weights: row.Weights, EvidenceRoot: row.EvidenceRoot, Items: row.Items, Salt: row.Salt,
		})
		require.NoError(c.testing, err)
		if c.send(ctx, &subnettypes.MsgCommitScores{
			Hotkey: row.Hotkey, Netuid: netuid, Epoch: row.Epoch, Benchmark: row.Benchmark, BenchmarkVersion: row.BenchmarkVersion, Hash: hash[:],
		}) {
			c.sealed[sealOf(netuid, row.Epoch, row.Hotkey)] = row
		}
	}
}

func sealOf(netuid uint32, epoch uint64, hotkey string) string {
	return fmt.Sprint(netuid, " ", epoch, " ", hotkey)
}

// reveal opens every row that was committed in a subnet's epoch before.
func (c *bazaar) reveal(ctx sdk.Context) {
	netuid := c.netuid(ctx)
	subnet, err := c.SubnetKeeper.Subnet(ctx, netuid)
	if err != nil || subnet.Epoch == 0 {
		return
	}
	for _, account := range c.accounts {
		if row, ok := c.sealed[sealOf(netuid, subnet.Epoch-1, account.String())]; ok {
			c.send(ctx, row)
		}
	}
}

// input is read number by number; at its end everything is 0.
type input struct{ data []byte }

func (in *input) empty() bool { return len(in.data) == 0 }

// upTo draws a number below n, from one byte or two.
func (in *input) upTo(n int) int {
	var number uint16
	if n > 256 {
		number = binary.BigEndian.Uint16(in.take(2))
	} else {
		number = uint16(in.take(1)[0])
	}
	return int(number) % n
}

func (in *input) take(n int) []byte {
	taken := make([]byte, n)
	in.data = in.data[copy(taken, in.data):]
	return taken
}
