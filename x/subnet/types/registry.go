package types

import "fmt"

// ParamSpec describes one number among the parameters: what it means, its range and its default.
// Validation, defaults and documentation all read this one table.
type ParamSpec[P any] struct {
	// Name of the field in its proto message.
	Name string
	// Min and Max bound the value, both inclusive.
	Min, Max uint64
	// Default is what a chain begins with.
	Default uint64
	// Unit in which the value counts.
	Unit string
	// Meaning in one line.
	Meaning string
	// Get and Set reach the field.
	Get func(*P) uint64
	Set func(*P, uint64)
}

// SubnetParamSpecs lists every parameter of a subnet.
var SubnetParamSpecs = []ParamSpec[SubnetParams]{
	{
		"tempo", 4, 50_400, 360, "blocks", "length of an epoch",
		func(p *SubnetParams) uint64 { return p.Tempo }, func(p *SubnetParams, v uint64) { p.Tempo = v },
	},
	{
		"reveal_window", 1, 50_399, 180, "blocks", "first part of an epoch in which commits of the epoch before are opened; below tempo",
		func(p *SubnetParams) uint64 { return p.RevealWindow }, func(p *SubnetParams, v uint64) { p.RevealWindow = v },
	},
	{
		"max_miners", 1, 4_096, 256, "slots", "miners that may be registered at once",
		func(p *SubnetParams) uint64 { return uint64(p.MaxMiners) }, func(p *SubnetParams, v uint64) { p.MaxMiners = uint32(v) },
	},
	{
		"max_validators", 1, 256, 64, "permits", "hotkeys that may score in an epoch",
		func(p *SubnetParams) uint64 { return uint64(p.MaxValidators) }, func(p *SubnetParams, v uint64) { p.MaxValidators = uint32(v) },
	},
	{
		"immunity_period", 1, 1_000_000, 4_096, "blocks", "time in which a new miner cannot be replaced",
		func(p *SubnetParams) uint64 { return p.ImmunityPeriod }, func(p *SubnetParams, v uint64) { p.ImmunityPeriod = v },
	},
	{
		"min_burn", 1, 1_000_000_000_000, 500_000, "uagora", "least price of a miner registration",
		func(p *SubnetParams) uint64 { return p.MinBurn }, func(p *SubnetParams, v uint64) { p.MinBurn = v },
	},
	{
		"max_burn", 1, 1_000_000_000_000, 100_000_000_000, "uagora", "greatest price of a miner registration; at least min_burn",
		func(p *SubnetParams) uint64 { return p.MaxBurn }, func(p *SubnetParams, v uint64) { p.MaxBurn = v },
	},
	{
		"burn_half_life", 1, 1_000_000, 360, "blocks", "time in which the price of a miner registration halves",
		func(p *SubnetParams) uint64 { return p.BurnHalfLife }, func(p *SubnetParams, v uint64) { p.BurnHalfLife = v },
	},
	{
		"burn_increase_bp", 10_000, 30_000, 12_600, "basis points", "factor by which a registration raises the price",
		func(p *SubnetParams) uint64 { return uint64(p.BurnIncreaseBp) }, func(p *SubnetParams, v uint64) { p.BurnIncreaseBp = uint32(v) },
	},
	{
		"activity_cutoff", 1, 1_000, 3, "epochs", "epochs without a reveal after which a validator stops counting",
		func(p *SubnetParams) uint64 { return uint64(p.ActivityCutoff) }, func(p *SubnetParams, v uint64) { p.ActivityCutoff = uint32(v) },
	},
	{
		"min_scoring_power", 1, 21_000_000_000_000, 1_000_000, "uagora", "least scoring power that earns a permit",
		func(p *SubnetParams) uint64 { return p.MinScoringPower }, func(p *SubnetParams, v uint64) { p.MinScoringPower = v },
	},
	{
		"benchmark_notice", 1, 1_000, 1, "epochs", "epochs between a benchmark proposal and its activation",
		func(p *SubnetParams) uint64 { return uint64(p.BenchmarkNotice) }, func(p *SubnetParams, v uint64) { p.BenchmarkNotice = uint32(v) },
	},
	{
		"yuma_variant", 2, 3, 3, "variant", "arithmetic of bonds: 2 shares a miner's bonds between validators, 3 keeps each validator's relative to itself",
		func(p *SubnetParams) uint64 { return uint64(uint32(p.YumaVariant)) }, func(p *SubnetParams, v uint64) { p.YumaVariant = YumaVariant(int32(v)) },
	},
	{
		"kappa", 1, 65_535, 32_767, "of 65,535", "share of power that must agree on a weight",
		func(p *SubnetParams) uint64 { return uint64(p.Kappa) }, func(p *SubnetParams, v uint64) { p.Kappa = uint32(v) },
	},
	{
		"bonds_penalty", 1, 65_535, 65_535, "of 65,535", "cut of an out-of-consensus weight before it becomes a bond",
		func(p *SubnetParams) uint64 { return uint64(p.BondsPenalty) }, func(p *SubnetParams, v uint64) { p.BondsPenalty = uint32(v) },
	},
	{
		"bonds_moving_average", 1, 975_000, 900_000, "parts per million", "part of an old bond that stays each epoch",
		func(p *SubnetParams) uint64 { return uint64(p.BondsMovingAverage) }, func(p *SubnetParams, v uint64) { p.BondsMovingAverage = uint32(v) },
	},
	{
		"liquid_alpha", 0, 1, 0, "0 or 1", "whether the moving average follows the distance from consensus",
		func(p *SubnetParams) uint64 { return boolToUint(p.LiquidAlpha) }, func(p *SubnetParams, v uint64) { p.LiquidAlpha = v == 1 },
	},
	{
		"alpha_low", 1, 65_535, 45_875, "of 65,535", "least liquid alpha; at most alpha_high",
		func(p *SubnetParams) uint64 { return uint64(p.AlphaLow) }, func(p *SubnetParams, v uint64) { p.AlphaLow = uint32(v) },
	},
	{
		"alpha_high", 1, 65_535, 58_982, "of 65,535", "greatest liquid alpha",
		func(p *SubnetParams) uint64 { return uint64(p.AlphaHigh) }, func(p *SubnetParams, v uint64) { p.AlphaHigh = uint32(v) },
	},
	{
		"alpha_steepness", 1, 100_000, 1_000, "hundredths", "slope of the liquid alpha's sigmoid",
		func(p *SubnetParams) uint64 { return uint64(p.AlphaSteepness) }, func(p *SubnetParams, v uint64) { p.AlphaSteepness = uint32(v) },
	},
}

// ModuleParamSpecs lists the numbers among the module's own parameters.
var ModuleParamSpecs = []ParamSpec[Params]{
	{
		"max_subnets", 1, 1_024, 128, "subnets", "subnets that may exist at once",
		func(p *Params) uint64 { return uint64(p.MaxSubnets) }, func(p *Params, v uint64) { p.MaxSubnets = uint32(v) },
	},
	{
		"subnet_deposit_min", 1, 1_000_000_000_000, 1_000_000_000, "uagora", "least deposit that registers a subnet",
		func(p *Params) uint64 { return p.SubnetDepositMin }, func(p *Params, v uint64) { p.SubnetDepositMin = v },
	},
	{
		"subnet_deposit_decay_blocks", 1, 10_000_000, 100_800, "blocks", "time in which the doubled deposit falls back to the least",
		func(p *Params) uint64 { return p.SubnetDepositDecayBlocks }, func(p *Params, v uint64) { p.SubnetDepositDecayBlocks = v },
	},
	{
		"max_spec_bytes", 1, 65_536, 65_536, "bytes", "size of a benchmark spec",
		func(p *Params) uint64 { return uint64(p.MaxSpecBytes) }, func(p *Params, v uint64) { p.MaxSpecBytes = uint32(v) },
	},
	{
		"max_miner_registrations_per_block", 1, 256, 8, "registrations", "miner registrations that one subnet takes in one block",
		func(p *Params) uint64 { return uint64(p.MaxMinerRegistrationsPerBlock) }, func(p *Params, v uint64) { p.MaxMinerRegistrationsPerBlock = uint32(v) },
	},
	{
		"subnet_immunity_period", 0, 10_000_000, 120_960, "blocks", "time in which a new subnet cannot be pruned; 0: none",
		func(p *Params) uint64 { return p.SubnetImmunityPeriod }, func(p *Params, v uint64) { p.SubnetImmunityPeriod = v },
	},
}

// checkRanges returns what is wrong with the first value out of its range, or "".
func checkRanges[P any](specs []ParamSpec[P], params *P) string {
	for _, spec := range specs {
		if v := spec.Get(params); v < spec.Min || v > spec.Max {
			return fmt.Sprintf("%s is %d, its range is %d to %d %s", spec.Name, v, spec.Min, spec.Max, spec.Unit)
		}
	}
	return ""
}

func boolToUint(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
