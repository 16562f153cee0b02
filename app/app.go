package app

import (
	"encoding/json"
	"fmt"
	"sync"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/gogoproto/proto"
	"github.com/spf13/cast"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	reflectionv1 "cosmossdk.io/api/cosmos/reflection/v1"
	"cosmossdk.io/client/v2/autocli"
	"cosmossdk.io/core/appmodule"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	nodeservice "github.com/cosmos/cosmos-sdk/client/grpc/node"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	runtimeservices "github.com/cosmos/cosmos-sdk/runtime/services"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/server/api"
	"github.com/cosmos/cosmos-sdk/server/config"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
	"github.com/cosmos/cosmos-sdk/version"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"

	"github.com/agora-network/agora/docs/openapi"
	"github.com/agora-network/agora/internal/beacon"
)

// Name is the name of the daemon and of the application.
const Name = "agorad"

var _ servertypes.Application = (*App)(nil)

// App is the chain as an ABCI application.
type App struct {
	*baseapp.BaseApp
	Keepers

	encoding EncodingConfig
	keys     map[string]*storetypes.KVStoreKey

	ModuleManager      *module.Manager
	BasicModuleManager module.BasicManager
	simulation         *module.SimulationManager
	configurator       module.Configurator

	beaconKey *beacon.PrivateKey

	closing  sync.Once
	closeErr error
}

// New wires the chain on db. It panics on a wiring mistake, as the SDK does: a node that is wired
// wrongly must not start.
func New(logger log.Logger, db dbm.DB, loadLatest bool, opts servertypes.AppOptions, baseOptions ...func(*baseapp.BaseApp)) *App {
	return newWithUpgrades(Upgrades(), logger, db, loadLatest, opts, baseOptions...)
}

func newWithUpgrades(upgrades []Upgrade, logger log.Logger, db dbm.DB, loadLatest bool, opts servertypes.AppOptions, baseOptions ...func(*baseapp.BaseApp)) *App {
	encoding := newEncodingConfig()
	base := baseapp.NewBaseApp(Name, logger, db, encoding.TxConfig.TxDecoder(), baseOptions...)
	base.SetVersion(version.Version)
	base.SetInterfaceRegistry(encoding.InterfaceRegistry)
	base.SetTxEncoder(encoding.TxConfig.TxEncoder())

	app := &App{BaseApp: base, encoding: encoding, keys: storetypes.NewKVStoreKeys(storeKeys()...)}
	if err := base.RegisterStreamingServices(opts, app.keys); err != nil {
		panic(fmt.Errorf("register streaming services: %w", err))
	}
	app.Keepers = newKeepers(app, logger, cast.ToString(opts.Get(flags.FlagHome)), skippedUpgrades(opts))
	base.SetParamStore(app.ConsensusKeeper.ParamsStore)

	app.ModuleManager = app.newModuleManager()
	app.BasicModuleManager = newBasicManager(app.ModuleManager)
	app.BasicModuleManager.RegisterLegacyAminoCodec(encoding.Amino)
	app.BasicModuleManager.RegisterInterfaces(encoding.InterfaceRegistry)
	setModuleOrder(app.ModuleManager)

	app.configurator = module.NewConfigurator(encoding.Codec, app.MsgServiceRouter(), app.GRPCQueryRouter())
	if err := app.ModuleManager.RegisterServices(app.configurator); err != nil {
		panic(fmt.Errorf("register module services: %w", err))
	}
	app.registerReflection()

	app.simulation = module.NewSimulationManagerFromAppModules(app.ModuleManager.Modules, nil)
	app.simulation.RegisterStoreDecoders()

	app.MountKVStores(app.keys)
	app.SetInitChainer(app.initChainer)
	app.SetPreBlocker(app.preBlocker)
	app.SetBeginBlocker(app.ModuleManager.BeginBlock)
	app.SetEndBlocker(app.ModuleManager.EndBlock)
	app.SetPrepareProposal(app.prepareProposal(logger, baseapp.NewDefaultProposalHandler(base.Mempool(), base).PrepareProposalHandler()))
	app.SetProcessProposal(app.processProposal(logger, encoding.TxConfig))
	anteHandler, err := app.newAnteHandler(encoding.TxConfig)
	if err != nil {
		panic(fmt.Errorf("build the ante handler: %w", err))
	}
	app.SetAnteHandler(anteHandler)

	if err := app.installUpgrades(upgrades, cast.ToString(opts.Get(flags.FlagHome))); err != nil {
		panic(err)
	}
	if loadLatest {
		if err := app.LoadLatestVersion(); err != nil {
			panic(fmt.Errorf("load the latest state: %w (is the data directory from another version or chain?)", err))
		}
	}
	return app
}

func skippedUpgrades(opts servertypes.AppOptions) map[int64]bool {
	skip := map[int64]bool{}
	for _, height := range cast.ToIntSlice(opts.Get(server.FlagUnsafeSkipUpgrades)) {
		skip[int64(height)] = true
	}
	return skip
}

// registerReflection serves the reflection that AutoCLI and gRPC tools read, and checks that every
// message names its signer.
func (app *App) registerReflection() {
	reflection, err := runtimeservices.NewReflectionService()
	if err != nil {
		panic(fmt.Errorf("build the reflection service: %w", err))
	}
	reflectionv1.RegisterReflectionServiceServer(app.GRPCQueryRouter(), reflection)
	files, err := proto.MergedRegistry()
	if err != nil {
		panic(fmt.Errorf("merge the protobuf registries: %w", err))
	}
	if err := msgservice.ValidateProtoAnnotations(files); err != nil {
		panic(fmt.Errorf("a message lacks its signer annotation: %w", err))
	}
}

func (app *App) preBlocker(ctx sdk.Context, req *abci.RequestFinalizeBlock) (*sdk.ResponsePreBlock, error) {
	res, err := app.ModuleManager.PreBlock(ctx)
	if err != nil {
		return nil, err
	}
	return res, app.SubnetKeeper.UpdateBeacon(ctx, proofOf(req.Txs))
}

func (app *App) initChainer(ctx sdk.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	var state map[string]json.RawMessage
	if err := json.Unmarshal(req.AppStateBytes, &state); err != nil {
		return nil, fmt.Errorf("genesis app_state is not a JSON object of modules: %w", err)
	}
	if err := app.UpgradeKeeper.SetModuleVersionMap(ctx, app.ModuleManager.GetVersionMap()); err != nil {
		return nil, err
	}
	return app.ModuleManager.InitGenesis(ctx, app.encoding.Codec, state)
}

// Close releases the databases; the server calls it more than once.
func (app *App) Close() error {
	app.closing.Do(func() { app.closeErr = app.BaseApp.Close() })
	return app.closeErr
}

// Encoding returns the chain's codecs, complete with every module's types.
func (app *App) Encoding() EncodingConfig { return app.encoding }

// StoreKey returns the key of a module's store, for tests that read raw state.
func (app *App) StoreKey(name string) *storetypes.KVStoreKey { return app.keys[name] }

// SimulationManager runs the modules' random operations.
func (app *App) SimulationManager() *module.SimulationManager { return app.simulation }

// DefaultGenesis returns every module's default genesis.
func (app *App) DefaultGenesis() map[string]json.RawMessage {
	return app.BasicModuleManager.DefaultGenesis(app.encoding.Codec)
}

// AutoCLI returns what the command line needs to build its query and tx commands.
func (app *App) AutoCLI(clientCtx client.Context) autocli.AppOptions {
	modules := make(map[string]appmodule.AppModule, len(app.ModuleManager.Modules))
	for _, name := range app.ModuleManager.ModuleNames() {
		if m, ok := app.ModuleManager.Modules[name].(appmodule.AppModule); ok {
			modules[name] = m
		}
	}
	options := runtimeservices.ExtractAutoCLIOptions(app.ModuleManager.Modules)
	return autocli.AppOptions{
		Modules:               modules,
		ModuleOptions:         autoCLIOptions(options),
		AddressCodec:          address.NewBech32Codec(sdk.GetConfig().GetBech32AccountAddrPrefix()),
		ValidatorAddressCodec: address.NewBech32Codec(sdk.GetConfig().GetBech32ValidatorAddrPrefix()),
		ConsensusAddressCodec: address.NewBech32Codec(sdk.GetConfig().GetBech32ConsensusAddrPrefix()),
		ClientCtx:             clientCtx,
	}
}

// autoCLIOptions adds the queries of the node itself to those of the modules.
func autoCLIOptions(options map[string]*autocliv1.ModuleOptions) map[string]*autocliv1.ModuleOptions {
	options[nodeservice.NewNodeCommands().Name()] = nodeservice.NewNodeCommands().AutoCLIOptions()
	options[cmtservice.NewCometBFTCommands().Name()] = cmtservice.NewCometBFTCommands().AutoCLIOptions()
	return options
}

// AppCodec returns the codec of the chain.
func (app *App) AppCodec() codec.Codec { return app.encoding.Codec }

// RegisterAPIRoutes serves the REST gateway of the modules and of the node, and its description.
func (app *App) RegisterAPIRoutes(apiServer *api.Server, _ config.APIConfig) {
	clientCtx := apiServer.ClientCtx
	apiServer.Router.HandleFunc(openapi.Path, openapi.Serve)
	authtx.RegisterGRPCGatewayRoutes(clientCtx, apiServer.GRPCGatewayRouter)
	cmtservice.RegisterGRPCGatewayRoutes(clientCtx, apiServer.GRPCGatewayRouter)
	nodeservice.RegisterGRPCGatewayRoutes(clientCtx, apiServer.GRPCGatewayRouter)
	app.BasicModuleManager.RegisterGRPCGatewayRoutes(clientCtx, apiServer.GRPCGatewayRouter)
}

// RegisterTxService serves the simulation and look-up of transactions.
func (app *App) RegisterTxService(clientCtx client.Context) {
	authtx.RegisterTxService(app.GRPCQueryRouter(), clientCtx, app.Simulate, app.encoding.InterfaceRegistry)
}

// RegisterTendermintService serves the queries about blocks.
func (app *App) RegisterTendermintService(clientCtx client.Context) {
	cmtservice.RegisterTendermintService(clientCtx, app.GRPCQueryRouter(), app.encoding.InterfaceRegistry, app.Query)
}

// RegisterNodeService serves the queries about the node.
func (app *App) RegisterNodeService(clientCtx client.Context, cfg config.Config) {
	nodeservice.RegisterNodeService(clientCtx, app.GRPCQueryRouter(), cfg, func() int64 {
		return app.CommitMultiStore().EarliestVersion()
	})
}
