package app

import (
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	authzkeeper "github.com/cosmos/cosmos-sdk/x/authz/keeper"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	consensuskeeper "github.com/cosmos/cosmos-sdk/x/consensus/keeper"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distrkeeper "github.com/cosmos/cosmos-sdk/x/distribution/keeper"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	evidencekeeper "github.com/cosmos/cosmos-sdk/x/evidence/keeper"
	evidencetypes "github.com/cosmos/cosmos-sdk/x/evidence/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	feegrantkeeper "github.com/cosmos/cosmos-sdk/x/feegrant/keeper"
	govkeeper "github.com/cosmos/cosmos-sdk/x/gov/keeper"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1beta1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1beta1"
	slashingkeeper "github.com/cosmos/cosmos-sdk/x/slashing/keeper"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	upgradekeeper "github.com/cosmos/cosmos-sdk/x/upgrade/keeper"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	rewardskeeper "github.com/agora-network/agora/x/rewards/keeper"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnetkeeper "github.com/agora-network/agora/x/subnet/keeper"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Keepers are the modules' state machines.
type Keepers struct {
	AccountKeeper   authkeeper.AccountKeeper
	BankKeeper      bankkeeper.Keeper
	StakingKeeper   *stakingkeeper.Keeper
	SlashingKeeper  slashingkeeper.Keeper
	DistrKeeper     distrkeeper.Keeper
	GovKeeper       *govkeeper.Keeper
	UpgradeKeeper   *upgradekeeper.Keeper
	AuthzKeeper     authzkeeper.Keeper
	FeeGrantKeeper  feegrantkeeper.Keeper
	EvidenceKeeper  *evidencekeeper.Keeper
	ConsensusKeeper consensuskeeper.Keeper
	SubnetKeeper    *subnetkeeper.Keeper
	RewardsKeeper   *rewardskeeper.Keeper
}

// moduleAccounts lists the module accounts and what each may do with coins.
func moduleAccounts() map[string][]string {
	return map[string][]string{
		authtypes.FeeCollectorName:     nil,
		distrtypes.ModuleName:          nil,
		stakingtypes.BondedPoolName:    {authtypes.Burner, authtypes.Staking},
		stakingtypes.NotBondedPoolName: {authtypes.Burner, authtypes.Staking},
		govtypes.ModuleName:            {authtypes.Burner},
		// x/subnet holds deposits and burns registration prices.
		subnettypes.ModuleName: {authtypes.Burner},
		// x/rewards mints the emission, holds what is pending or accrued and burns what belongs to nobody.
		rewardstypes.ModuleName: {authtypes.Minter, authtypes.Burner},
	}
}

func storeKeys() []string {
	return []string{
		authtypes.StoreKey, banktypes.StoreKey, stakingtypes.StoreKey, slashingtypes.StoreKey,
		distrtypes.StoreKey, govtypes.StoreKey, upgradetypes.StoreKey, authzkeeper.StoreKey,
		feegrant.StoreKey, evidencetypes.StoreKey, consensustypes.StoreKey,
		subnettypes.StoreKey, rewardstypes.StoreKey,
	}
}

// authority is the account that may change parameters: governance.
func authority() string { return authtypes.NewModuleAddress(govtypes.ModuleName).String() }

// blockedAccounts are module accounts that must not be sent coins by users, all but governance.
func blockedAccounts() map[string]bool {
	blocked := make(map[string]bool)
	//consensus:allow maporder the loop only fills a set, whatever its order
	for name := range moduleAccounts() {
		blocked[authtypes.NewModuleAddress(name).String()] = name != govtypes.ModuleName
	}
	return blocked
}

func newKeepers(app *App, logger log.Logger, home string, skipUpgrades map[int64]bool) Keepers {
	var (
		cdc      = app.encoding.Codec
		accounts = newBech32Codec(sdk.GetConfig().GetBech32AccountAddrPrefix())
		valoper  = newBech32Codec(sdk.GetConfig().GetBech32ValidatorAddrPrefix())
		valcons  = newBech32Codec(sdk.GetConfig().GetBech32ConsensusAddrPrefix())
		k        Keepers
	)
	k.ConsensusKeeper = consensuskeeper.NewKeeper(cdc, runtime.NewKVStoreService(app.keys[consensustypes.StoreKey]), authority(), runtime.EventService{})
	k.AccountKeeper = authkeeper.NewAccountKeeper(
		cdc, runtime.NewKVStoreService(app.keys[authtypes.StoreKey]), authtypes.ProtoBaseAccount, moduleAccounts(),
		accounts, sdk.GetConfig().GetBech32AccountAddrPrefix(), authority(), authkeeper.WithUnorderedTransactions(true))
	k.BankKeeper = bankkeeper.NewBaseKeeper(
		cdc, runtime.NewKVStoreService(app.keys[banktypes.StoreKey]), k.AccountKeeper, blockedAccounts(), authority(), logger)
	k.StakingKeeper = stakingkeeper.NewKeeper(
		cdc, runtime.NewKVStoreService(app.keys[stakingtypes.StoreKey]), k.AccountKeeper, k.BankKeeper, authority(), valoper, valcons)
	k.DistrKeeper = distrkeeper.NewKeeper(
		cdc, runtime.NewKVStoreService(app.keys[distrtypes.StoreKey]), k.AccountKeeper, k.BankKeeper, k.StakingKeeper,
		authtypes.FeeCollectorName, authority())
	k.SlashingKeeper = slashingkeeper.NewKeeper(
		cdc, app.encoding.Amino, runtime.NewKVStoreService(app.keys[slashingtypes.StoreKey]), k.StakingKeeper, authority())
	k.AuthzKeeper = authzkeeper.NewKeeper(
		runtime.NewKVStoreService(app.keys[authzkeeper.StoreKey]), cdc, app.MsgServiceRouter(), k.AccountKeeper)
	k.FeeGrantKeeper = feegrantkeeper.NewKeeper(cdc, runtime.NewKVStoreService(app.keys[feegrant.StoreKey]), k.AccountKeeper)
	k.EvidenceKeeper = evidencekeeper.NewKeeper(
		cdc, runtime.NewKVStoreService(app.keys[evidencetypes.StoreKey]), k.StakingKeeper, k.SlashingKeeper, accounts, runtime.ProvideCometInfoService())
	k.UpgradeKeeper = upgradekeeper.NewKeeper(
		skipUpgrades, runtime.NewKVStoreService(app.keys[upgradetypes.StoreKey]), cdc, home, app.BaseApp, authority())
	k.GovKeeper = govkeeper.NewKeeper(
		cdc, runtime.NewKVStoreService(app.keys[govtypes.StoreKey]), k.AccountKeeper, k.BankKeeper, k.DistrKeeper,
		app.MsgServiceRouter(), govtypes.DefaultConfig(), authority(),
		govkeeper.NewDefaultCalculateVoteResultsAndVotingPower(k.StakingKeeper))
	// Without a legacy router a proposal with legacy content would panic in its handler.
	legacy := govv1beta1.NewRouter()
	legacy.AddRoute(govtypes.RouterKey, govv1beta1.ProposalHandler)
	k.GovKeeper.SetLegacyRouter(legacy)

	k.SubnetKeeper = subnetkeeper.NewKeeper(
		cdc, runtime.NewKVStoreService(app.keys[subnettypes.StoreKey]), accounts, valoper,
		k.BankKeeper, k.StakingKeeper, authority())
	k.RewardsKeeper = rewardskeeper.NewKeeper(
		cdc, runtime.NewKVStoreService(app.keys[rewardstypes.StoreKey]), accounts, valoper,
		k.AccountKeeper, k.BankKeeper, k.StakingKeeper, k.DistrKeeper, k.SubnetKeeper, authority())
	// A subnet that is removed leaves nothing behind that would wait for its epochs.
	k.SubnetKeeper.SetHooks(k.RewardsKeeper.SubnetHooks())
	// Emission votes follow the stake.
	k.StakingKeeper.SetHooks(stakingtypes.NewMultiStakingHooks(
		k.DistrKeeper.Hooks(), k.SlashingKeeper.Hooks(), k.RewardsKeeper.Hooks()))
	return k
}
