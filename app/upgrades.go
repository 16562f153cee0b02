package app

import (
	"context"
	"fmt"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"
)

// Upgrade is a change of a running chain's state machine that governance schedules by name. All nodes
// stop before the block at the plan's height; the binary that knows the name executes that block.
type Upgrade struct {
	// Name of the plan, by convention that of the release: v0.2.0.
	Name string
	// Stores that the upgrade adds, renames or deletes; they change before the block at the plan's height.
	Stores storetypes.StoreUpgrades
	// Finish does what is left after the modules' migrations; nil when nothing is. It must give the same
	// on every node. Its error stops the chain.
	Finish func(ctx context.Context, keepers Keepers) error
}

// Upgrades lists every upgrade that this binary carries out or has carried out, oldest first. An entry
// stays as long as nodes may start on state that it made last: x/upgrade refuses a binary that does not
// know the last upgrade.
func Upgrades() []Upgrade {
	return []Upgrade{
		{Name: "v0.2.0"}, // changes no state: it proves the way that later ones take
	}
}

// installUpgrades lets x/upgrade find the handlers, and makes the next load of the state change the
// stores where the binary before stopped for an upgrade: it left the plan in the node's home. A node
// without a home, as tests have it, reads no plan.
func (app *App) installUpgrades(upgrades []Upgrade, home string) error {
	byName := make(map[string]Upgrade, len(upgrades))
	for _, u := range upgrades {
		if _, ok := byName[u.Name]; ok || u.Name == "" {
			return fmt.Errorf("upgrade %q: names must be unique and not empty", u.Name)
		}
		byName[u.Name] = u
		app.UpgradeKeeper.SetUpgradeHandler(u.Name, app.upgradeHandler(u))
	}
	if home == "" {
		return nil
	}
	plan, err := app.UpgradeKeeper.ReadUpgradeInfoFromDisk()
	if err != nil {
		return fmt.Errorf("read the upgrade that the binary before stopped for, in %s of the data folder of %s: %w",
			upgradetypes.UpgradeInfoFilename, home, err)
	}
	if u, ok := byName[plan.Name]; ok && !app.UpgradeKeeper.IsSkipHeight(plan.Height) {
		app.SetStoreLoader(upgradetypes.UpgradeStoreLoader(plan.Height, &u.Stores))
	}
	return nil
}

// upgradeHandler runs the migrations of every module whose version rose, and then what the upgrade adds.
func (app *App) upgradeHandler(u Upgrade) upgradetypes.UpgradeHandler {
	return func(ctx context.Context, plan upgradetypes.Plan, from module.VersionMap) (module.VersionMap, error) {
		versions, err := app.ModuleManager.RunMigrations(ctx, app.configurator, from)
		if err != nil {
			return nil, fmt.Errorf("upgrade %s at height %d: migrate the modules: %w", plan.Name, plan.Height, err)
		}
		if u.Finish != nil {
			if err := u.Finish(ctx, app.Keepers); err != nil {
				return nil, fmt.Errorf("upgrade %s at height %d: %w", plan.Name, plan.Height, err)
			}
		}
		return versions, nil
	}
}
