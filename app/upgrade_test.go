package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/app/apptest"
)

// options are those of a node's command line and files.
type options map[string]any

// Get makes options a servertypes.AppOptions.
func (o options) Get(name string) any { return o[name] }

// nodeOn is a binary that knows some upgrades, started on a database.
func nodeOn(db dbm.DB, opts options, upgrades ...app.Upgrade) *app.App {
	return app.NewWithUpgrades(upgrades, log.NewNopLogger(), db, true, opts, baseapp.SetChainID(apptest.ChainID))
}

// copied is a database with the same content.
func copied(t *testing.T, db dbm.DB) dbm.DB {
	t.Helper()
	second := dbm.NewMemDB()
	iter, err := db.Iterator(nil, nil)
	require.NoError(t, err)
	for ; iter.Valid(); iter.Next() {
		require.NoError(t, second.Set(iter.Key(), iter.Value()))
	}
	require.NoError(t, iter.Error())
	require.NoError(t, iter.Close())
	return second
}

// stopped is a chain with a live subnet whose holders decided on an upgrade that its binary does not
// know, at the block before the plan's height.
type stopped struct {
	*market
	db   dbm.DB
	opts options
	plan upgradetypes.Plan
	// early is the chain as a node has it that took the next binary long before the plan's height.
	early *apptest.Chain
}

func untilUpgrade(t *testing.T, name string) *stopped {
	t.Helper()
	s := &stopped{db: dbm.NewMemDB(), opts: options{flags.FlagHome: t.TempDir()}}
	s.market = newMarketOn(t, func() *app.App { return nodeOn(s.db, s.opts) }, 2, quickVotes, actAtOnce)
	for range 2 {
		s.score([]uint32{60_000, 20_000})
	}
	s.plan = upgradetypes.Plan{Name: name, Height: s.Height + 20, Info: "https://example.org/releases"}
	s.decide(&upgradetypes.MsgSoftwareUpgrade{Authority: governance, Plan: s.plan})
	s.early = s.On(nodeOn(copied(t, s.db), options{}, app.Upgrade{Name: name}))
	s.Blocks(s.plan.Height - s.Height - 1)
	return s
}

// stop lets the binary meet the plan that it does not know.
func (s *stopped) stop() error {
	s.t.Helper()
	height, now := s.Height, s.Time
	_, err := s.TryNextBlock()
	s.Height, s.Time = height, now // the block is not lost: the next binary executes it
	require.EqualValues(s.t, height, s.App.LastBlockHeight(), "nothing of the block was committed")
	require.NoError(s.t, s.App.Close())
	return err
}

func TestAnUpgradeTakesOverTheStateOfTheBinaryBefore(t *testing.T) {
	s := untilUpgrade(t, app.Upgrades()[0].Name)
	db, paid := s.db, s.result().Epoch
	_, err := s.early.TryNextBlock()
	require.ErrorContains(t, err, "BINARY UPDATED BEFORE TRIGGER", "the new binary must not run before the plan's height")
	require.ErrorContains(t, s.stop(), fmt.Sprintf("UPGRADE %q NEEDED at height: %d: %s", s.plan.Name, s.plan.Height, s.plan.Info))
	left, err := os.ReadFile(filepath.Join(s.opts[flags.FlagHome].(string), "data", upgradetypes.UpgradeInfoFilename))
	require.NoError(t, err, "the plan lies where the next binary finds it")
	require.Contains(t, string(left), s.plan.Name)

	skipping := s.On(nodeOn(copied(t, db), options{server.FlagUnsafeSkipUpgrades: []int{int(s.plan.Height)}}))
	skipping.NextBlock()
	s.Chain = s.On(app.New(log.NewNopLogger(), db, true, s.opts, baseapp.SetChainID(apptest.ChainID)))
	s.NextBlock()
	require.Equal(t, s.plan.Height, s.Height)

	t.Run("the state is that of a node which skipped the upgrade", func(t *testing.T) {
		for _, name := range s.App.ModuleManager.ModuleNames() {
			if key := s.App.StoreKey(name); key != nil && name != upgradetypes.ModuleName {
				require.Empty(t, differences(s.Ctx().KVStore(key), skipping.Ctx().KVStore(skipping.App.StoreKey(name)), nil), name)
			}
		}
	})
	t.Run("the upgrade is done and the modules' versions are the binary's", func(t *testing.T) {
		done, height, err := s.App.UpgradeKeeper.GetLastCompletedUpgrade(s.Ctx())
		require.NoError(t, err)
		require.Equal(t, s.plan.Name, done)
		require.Equal(t, s.plan.Height, height)
		_, err = s.App.UpgradeKeeper.GetUpgradePlan(s.Ctx())
		require.ErrorIs(t, err, upgradetypes.ErrNoUpgradePlanFound)
		versions, err := s.App.UpgradeKeeper.GetModuleVersionMap(s.Ctx())
		require.NoError(t, err)
		require.Equal(t, s.App.ModuleManager.GetVersionMap(), versions)
	})
	t.Run("the chain goes on paying", func(t *testing.T) {
		for range 3 {
			s.score([]uint32{60_000, 20_000})
		}
		require.Greater(t, s.result().Epoch, paid)
		require.InDelta(t, 750_000_000, float64(s.result().Incentives[0]), 10)
	})
	t.Run("the new binary restarts without a second upgrade", func(t *testing.T) {
		require.NoError(t, s.App.Close())
		s.Chain = s.On(app.New(log.NewNopLogger(), db, true, s.opts, baseapp.SetChainID(apptest.ChainID)))
		s.Blocks(2)
	})
	t.Run("the binary before does not start any more", func(t *testing.T) {
		_, err := s.On(nodeOn(copied(t, db), options{})).TryNextBlock()
		require.ErrorContains(t, err, "upgrade handler is missing for "+s.plan.Name)
	})
}

func TestAnUpgradeAddsAStoreAndFinishesTheState(t *testing.T) {
	s := untilUpgrade(t, "v0.3.0")
	require.ErrorContains(t, s.stop(), "NEEDED")
	key := storetypes.NewKVStoreKey("additional")
	next := app.Upgrade{
		Name:   s.plan.Name,
		Stores: storetypes.StoreUpgrades{Added: []string{key.Name()}},
		Finish: func(ctx context.Context, k app.Keepers) error {
			params, err := k.RewardsKeeper.Params.Get(ctx)
			params.AutoClaimMin++
			return errors.Join(err, k.RewardsKeeper.Params.Set(ctx, params))
		},
	}
	load := func(db dbm.DB, upgrade app.Upgrade) (*app.App, error) {
		node := app.NewWithUpgrades([]app.Upgrade{upgrade}, log.NewNopLogger(), db, false, s.opts, baseapp.SetChainID(apptest.ChainID))
		node.MountKVStores(map[string]*storetypes.KVStoreKey{key.Name(): key})
		return node, node.LoadLatestVersion()
	}
	old, err := s.App.RewardsKeeper.Params.Get(s.Ctx())
	require.NoError(t, err)

	t.Run("an upgrade that does not declare the store does not load", func(t *testing.T) {
		_, err := load(copied(t, s.db), app.Upgrade{Name: next.Name})
		require.Error(t, err)
	})
	t.Run("an upgrade whose last step fails stops the chain and names itself", func(t *testing.T) {
		failing := next
		failing.Finish = func(context.Context, app.Keepers) error { return errors.New("no such parameter") }
		node, err := load(copied(t, s.db), failing)
		require.NoError(t, err)
		_, err = s.On(node).TryNextBlock()
		require.ErrorContains(t, err, fmt.Sprintf("upgrade v0.3.0 at height %d: no such parameter", s.plan.Height))
	})
	node, err := load(s.db, next)
	require.NoError(t, err)
	s.Chain = s.On(node)
	s.NextBlock()
	params, err := s.App.RewardsKeeper.Params.Get(s.Ctx())
	require.NoError(t, err)
	require.Equal(t, old.AutoClaimMin+1, params.AutoClaimMin)
	require.NotNil(t, s.Ctx().KVStore(key))
	s.Blocks(3)
	node, err = load(s.db, next)
	require.NoError(t, err, "and loads again after it")
	require.Equal(t, s.Height, node.LastBlockHeight())
}

func TestAPlanThatNoBinaryKnowsStopsTheChainWithItsNameAndWhereToFindIt(t *testing.T) {
	s := untilUpgrade(t, "v9.9.9")
	require.ErrorContains(t, s.stop(), fmt.Sprintf(`UPGRADE "v9.9.9" NEEDED at height: %d: https://example.org/releases`, s.plan.Height))
	s.Chain = s.On(app.New(log.NewNopLogger(), s.db, true, s.opts, baseapp.SetChainID(apptest.ChainID)))
	require.ErrorContains(t, s.stop(), "NEEDED", "nor does this one")
}

func TestUpgradesAreNamedOnce(t *testing.T) {
	require.PanicsWithError(t, `upgrade "v1": names must be unique and not empty`, func() {
		nodeOn(dbm.NewMemDB(), options{}, app.Upgrade{Name: "v1"}, app.Upgrade{Name: "v1"})
	})
}
