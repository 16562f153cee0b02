package rewards

import (
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/agora-network/agora/x/rewards/simulation"
	"github.com/agora-network/agora/x/rewards/types"
)

var (
	_ module.AppModuleSimulation   = SimulationModule{}
	_ simsx.HasWeightedOperationsX = SimulationModule{}
	_ simsx.HasProposalMsgsX       = SimulationModule{}
)

// SimulationModule is the module as the SDK's simulation manager drives it. It stands apart from
// AppModule, so that the node links nothing of it: hand it to the manager in place of the module.
type SimulationModule struct {
	AppModule
	operations *simulation.Operations
}

// NewSimulationModule makes the simulation of one chain's module.
func NewSimulationModule(am AppModule, subnets simulation.SubnetKeeper, staking simulation.StakingKeeper) SimulationModule {
	return SimulationModule{AppModule: am, operations: simulation.NewOperations(am.keeper, subnets, staking)}
}

// GenerateGenesisState writes a genesis with random parameters.
func (SimulationModule) GenerateGenesisState(state *module.SimulationState) {
	simulation.RandomizedGenState(state)
}

// RegisterStoreDecoder lets differences between two stores be read.
func (m SimulationModule) RegisterStoreDecoder(registry simtypes.StoreDecoderRegistry) {
	registry[types.StoreKey] = simtypes.NewStoreDecoderFuncFromCollectionsSchema(m.keeper.Schema)
}

// WeightedOperations is of the SDK's old interface, which the manager still asks for; WeightedOperationsX has them.
func (SimulationModule) WeightedOperations(module.SimulationState) []simtypes.WeightedOperation {
	return nil
}

// WeightedOperationsX adds the module's transactions.
func (m SimulationModule) WeightedOperationsX(weights simsx.WeightSource, reg simsx.Registry) {
	m.operations.Register(weights, reg)
}

// ProposalMsgsX adds the module's messages of governance.
func (m SimulationModule) ProposalMsgsX(weights simsx.WeightSource, reg simsx.Registry) {
	m.operations.RegisterProposals(weights, reg)
}
