package app_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"time"

	"cosmossdk.io/math"

	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/internal/chaincfg"
)

// simulatedAccounts is how many accounts sign transactions.
const simulatedAccounts = 120

// firstDraws are what the SDK's simulation draws first of all, before the seed decides: how many blocks
// hold evidence of a validator that signed twice, and how many validators are online, at times offline, or always.
// Left to the seed, most chains would have no validators left after a few dozen blocks.
func firstDraws(blocks int) []byte {
	fraction := func(numerator, denominator int) uint64 { return 1 << 63 / uint64(denominator) * uint64(numerator) }
	whole := func(n int) uint64 { return uint64(n) << 32 }
	var draws []byte
	for _, draw := range []uint64{
		fraction(1, 2), // of the evidence is about an earlier block
		whole(simulatedAccounts),
		fraction(1, max(20, blocks/12)), // of the blocks hold evidence: about a dozen in all
		whole(44), whole(9), whole(8),   // validators online, at times offline, always offline
	} {
		draws = binary.BigEndian.AppendUint64(draws, draw)
	}
	return draws
}

// randomParams are parameters of the SDK's modules, which have to fit a chain of a few hundred blocks of
// two hours: stake that unbonds, votes that close and validators that are jailed within it.
func randomParams(r *rand.Rand) simtypes.AppParams {
	between := func(least, most int) int { return least + r.Intn(most-least+1) }
	blocks := func(least, most int) json.RawMessage {
		return fmt.Appendf(nil, "%d", time.Duration(between(least, most))*blockTime)
	}
	params := maps.Clone(simulationWeights)
	maps.Copy(params, simtypes.AppParams{
		simtestutil.StakePerAccount:             fmt.Appendf(nil, `"%d"`, between(10_000_000_000, 500_000_000_000)),
		simtestutil.InitiallyBondedValidators:   fmt.Appendf(nil, "%d", between(20, 30)),
		"unbonding_time":                        blocks(10, 40),
		"max_validators":                        fmt.Appendf(nil, "%d", between(8, 20)),
		"signed_blocks_window":                  fmt.Appendf(nil, "%d", between(10, 40)),
		"min_signed_per_window":                 json.RawMessage(`"0.600000000000000000"`),
		"downtime_jail_duration":                blocks(1, 10),
		"voting_period":                         blocks(4, 8),
		"expedited_voting_period":               blocks(2, 3),
		string(banktypes.KeyDefaultSendEnabled): json.RawMessage(`true`),
	})
	return params
}

// appState draws the genesis of a chain. What -Params names overrides what would be drawn.
func (w *watchedApp) appState(r *rand.Rand, accounts []simtypes.Account, config simtypes.Config) (json.RawMessage, []simtypes.Account, string, time.Time) {
	began := time.Unix(config.GenesisTime, 0).UTC()
	params := randomParams(r)
	maps.Copy(params, paramsOf(config))
	raw, accounts := simtestutil.AppStateRandomizedFn(w.manager, r, w.AppCodec(), accounts, began, params, w.DefaultGenesis())

	var state map[string]json.RawMessage
	mustJSON(json.Unmarshal(raw, &state))
	var staking stakingtypes.GenesisState
	w.AppCodec().MustUnmarshalJSON(state[stakingtypes.ModuleName], &staking)
	stake := math.ZeroInt()
	for _, v := range staking.Validators {
		stake = stake.Add(v.Tokens)
	}
	var bank banktypes.GenesisState
	w.AppCodec().MustUnmarshalJSON(state[banktypes.ModuleName], &bank)
	bank.SendEnabled = nil
	bank.Balances = append(bank.Balances, banktypes.Balance{
		Address: authtypes.NewModuleAddress(stakingtypes.NotBondedPoolName).String(),
		Coins:   sdk.NewCoins(sdk.NewCoin(chaincfg.Denom, stake)),
	})
	state[banktypes.ModuleName] = w.AppCodec().MustMarshalJSON(&bank)
	raw, err := json.Marshal(state)
	mustJSON(err)
	return raw, accounts, config.ChainID, began
}

// paramsOf reads the file of -Params.
func paramsOf(config simtypes.Config) simtypes.AppParams {
	params := make(simtypes.AppParams)
	if config.ParamsFile != "" {
		raw, err := os.ReadFile(config.ParamsFile)
		mustJSON(err)
		mustJSON(json.Unmarshal(raw, &params))
	}
	return params
}

func mustJSON(err error) {
	if err != nil {
		panic(err) // the state and the file are the test's own
	}
}
