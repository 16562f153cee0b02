// Package subnet is the registry of the network: subnets and their benchmarks, miners, the hotkeys of
// validators, and what validators committed and revealed about miners. See README.md beside this file.
package subnet

import (
	"context"
	"encoding/json"
	"fmt"

	gwruntime "github.com/grpc-ecosystem/grpc-gateway/runtime"
	"github.com/spf13/cobra"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/agora-network/agora/x/subnet/client/cli"
	"github.com/agora-network/agora/x/subnet/keeper"
	"github.com/agora-network/agora/x/subnet/types"
)

// ConsensusVersion counts the breaking changes of the module's state.
const ConsensusVersion = 1

var (
	_ module.AppModuleBasic      = AppModule{}
	_ module.HasGenesis          = AppModule{}
	_ module.HasServices         = AppModule{}
	_ module.HasConsensusVersion = AppModule{}

	_ appmodule.AppModule       = AppModule{}
	_ appmodule.HasBeginBlocker = AppModule{}
)

// AppModule is x/subnet as the app sees it. Its begin-blocker begins epochs; closing them is up to the
// module that pays, which must run in the end-blocker.
type AppModule struct {
	keeper *keeper.Keeper
}

// NewAppModule wraps a keeper.
func NewAppModule(k *keeper.Keeper) AppModule { return AppModule{keeper: k} }

// IsOnePerModuleType implements the depinject tag.
func (AppModule) IsOnePerModuleType() {}

// IsAppModule implements appmodule.AppModule.
func (AppModule) IsAppModule() {}

// Name returns the module's name.
func (AppModule) Name() string { return types.ModuleName }

// RegisterLegacyAminoCodec registers the messages for amino JSON.
func (AppModule) RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	types.RegisterLegacyAminoCodec(cdc)
}

// RegisterInterfaces registers the messages.
func (AppModule) RegisterInterfaces(registry codectypes.InterfaceRegistry) {
	types.RegisterInterfaces(registry)
}

// RegisterGRPCGatewayRoutes serves the queries over REST.
func (AppModule) RegisterGRPCGatewayRoutes(clientCtx client.Context, mux *gwruntime.ServeMux) {
	if err := types.RegisterQueryHandlerClient(context.Background(), mux, types.NewQueryClient(clientCtx)); err != nil {
		panic(err)
	}
}

// GetTxCmd returns the transactions that AutoCLI cannot derive.
func (AppModule) GetTxCmd() *cobra.Command { return cli.NewTxCommand() }

// GetQueryCmd returns the queries that AutoCLI cannot derive.
func (AppModule) GetQueryCmd() *cobra.Command { return cli.NewQueryCommand() }

// RegisterServices serves the messages and the queries.
func (am AppModule) RegisterServices(configurator module.Configurator) {
	types.RegisterMsgServer(configurator.MsgServer(), keeper.NewMsgServer(am.keeper))
	types.RegisterQueryServer(configurator.QueryServer(), keeper.NewQuerier(am.keeper))
}

// DefaultGenesis is a chain without subnets.
func (AppModule) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	return cdc.MustMarshalJSON(types.DefaultGenesis())
}

// ValidateGenesis checks a genesis state.
func (AppModule) ValidateGenesis(cdc codec.JSONCodec, _ client.TxEncodingConfig, raw json.RawMessage) error {
	var state types.GenesisState
	if err := cdc.UnmarshalJSON(raw, &state); err != nil {
		return fmt.Errorf("the genesis state of %s cannot be read: %w", types.ModuleName, err)
	}
	if err := state.Validate(); err != nil {
		return fmt.Errorf("the genesis state of %s: %w", types.ModuleName, err)
	}
	return nil
}

// InitGenesis writes a genesis state. It panics when the state is wrong: the chain must not begin.
func (am AppModule) InitGenesis(ctx sdk.Context, cdc codec.JSONCodec, raw json.RawMessage) {
	var state types.GenesisState
	cdc.MustUnmarshalJSON(raw, &state)
	if err := am.keeper.InitGenesis(ctx, state); err != nil {
		panic(fmt.Errorf("the genesis state of %s: %w", types.ModuleName, err))
	}
}

// ExportGenesis reads the whole state.
func (am AppModule) ExportGenesis(ctx sdk.Context, cdc codec.JSONCodec) json.RawMessage {
	state, err := am.keeper.ExportGenesis(ctx)
	if err != nil {
		panic(fmt.Errorf("the state of %s cannot be exported: %w", types.ModuleName, err))
	}
	return cdc.MustMarshalJSON(state)
}

// ConsensusVersion implements module.HasConsensusVersion.
func (AppModule) ConsensusVersion() uint64 { return ConsensusVersion }

// BeginBlock derives the beacon and begins the epochs that start in this block.
func (am AppModule) BeginBlock(ctx context.Context) error { return am.keeper.BeginBlocker(ctx) }
