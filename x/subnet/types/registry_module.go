package types

// ModuleParamSpecs lists the numbers among the module's own parameters.
var ModuleParamSpecs = []ParamSpec[Params]{
	{
		Name: "max_subnets", Min: 1, Max: 1_024, Default: 128, Unit: "subnets", Who: Governance,
		Meaning:     "subnets that may exist at once",
		SideEffects: "lowering it removes nothing; each later registration then takes the place of one subnet",
		Get:         func(p *Params) uint64 { return uint64(p.MaxSubnets) },
		Set:         func(p *Params, v uint64) { p.MaxSubnets = uint32(v) },
	},
	{
		Name: "subnet_deposit_min", Min: 1, Max: 1_000_000_000_000, Default: 1_000_000_000, Unit: "uagora", Who: Governance,
		Meaning:     "least deposit that registers a subnet",
		SideEffects: "subnets that exist keep the deposit they locked",
		Get:         func(p *Params) uint64 { return p.SubnetDepositMin },
		Set:         func(p *Params, v uint64) { p.SubnetDepositMin = v },
	},
	{
		Name: "subnet_deposit_decay_blocks", Min: 1, Max: 10_000_000, Default: 100_800, Unit: "blocks", Who: Governance,
		Meaning:     "time in which the doubled deposit falls back to the least",
		SideEffects: "the price is computed anew from the last registration on",
		Get:         func(p *Params) uint64 { return p.SubnetDepositDecayBlocks },
		Set:         func(p *Params, v uint64) { p.SubnetDepositDecayBlocks = v },
	},
	{
		Name: "max_spec_bytes", Min: 1, Max: 65_536, Default: 65_536, Unit: "bytes", Who: Governance,
		Meaning:     "size of a benchmark spec",
		SideEffects: "versions that exist stay",
		Get:         func(p *Params) uint64 { return uint64(p.MaxSpecBytes) },
		Set:         func(p *Params, v uint64) { p.MaxSpecBytes = uint32(v) },
	},
	{
		Name: "max_miner_registrations_per_block", Min: 1, Max: 256, Default: 8, Unit: "registrations", Who: Governance,
		Meaning: "miner registrations that one subnet takes in one block",
		Get:     func(p *Params) uint64 { return uint64(p.MaxMinerRegistrationsPerBlock) },
		Set:     func(p *Params, v uint64) { p.MaxMinerRegistrationsPerBlock = uint32(v) },
	},
	{
		Name: "subnet_immunity_period", Min: 0, Max: 10_000_000, Default: 120_960, Unit: "blocks", Who: Governance,
		Meaning:     "time in which a new subnet cannot be pruned; 0: none",
		SideEffects: "holds for subnets that exist already",
		Get:         func(p *Params) uint64 { return p.SubnetImmunityPeriod },
		Set:         func(p *Params, v uint64) { p.SubnetImmunityPeriod = v },
	},
	{
		Name: "subnet_close_notice", Min: 1, Max: 1_000, Default: 3, Unit: "epochs", Who: Governance,
		Meaning:     "epochs that a closed subnet still runs after the one under way",
		SideEffects: "subnets that are closing already keep their last epoch",
		Get:         func(p *Params) uint64 { return uint64(p.SubnetCloseNotice) },
		Set:         func(p *Params, v uint64) { p.SubnetCloseNotice = uint32(v) },
	},
	{
		Name: "subnet_close_burn_bp", Min: 0, Max: 10_000, Default: 1_000, Unit: "basis points", Who: Governance,
		Meaning:     "part of the deposit that is burned when an owner closes its subnet",
		SideEffects: "holds for subnets that are closing already",
		Get:         func(p *Params) uint64 { return uint64(p.SubnetCloseBurnBp) },
		Set:         func(p *Params, v uint64) { p.SubnetCloseBurnBp = uint32(v) },
	},
	{
		Name: "params_freeze", Min: 0, Max: 1_000, Default: 5, Unit: "blocks", Who: Governance,
		Meaning: "last part of an epoch in which owners cannot change the parameters of their subnet; never more than half of tempo",
		Get:     func(p *Params) uint64 { return p.ParamsFreeze },
		Set:     func(p *Params, v uint64) { p.ParamsFreeze = v },
	},
}
