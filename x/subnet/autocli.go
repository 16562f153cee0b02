package subnet

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/agora-network/agora/x/subnet/types"
)

// AutoCLIOptions describes the commands that the app derives from the services.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:              types.Query_serviceDesc.ServiceName,
			Short:                "Read subnets, miners, epochs and scores",
			RpcCommandOptions:    queryCommands(),
			EnhanceCustomCommand: true,
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:              types.Msg_serviceDesc.ServiceName,
			Short:                "Register subnets and miners, appoint hotkeys, commit and reveal scores",
			RpcCommandOptions:    txCommands(),
			EnhanceCustomCommand: true,
		},
	}
}

// args names the fields that are given by position.
func args(fields ...string) []*autocliv1.PositionalArgDescriptor {
	descriptors := make([]*autocliv1.PositionalArgDescriptor, len(fields))
	for i, field := range fields {
		descriptors[i] = &autocliv1.PositionalArgDescriptor{ProtoField: field}
	}
	return descriptors
}

func queryCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "Params", Use: "module-params", Short: "Show the module's parameters",
			Example: "agorad query subnet module-params",
		},
		{
			RpcMethod: "Subnet", Use: "subnet [netuid]", Alias: []string{"show"}, Short: "Show a subnet: owner, status, parameters, epoch",
			Example: "agorad query subnet subnet 1", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "Subnets", Use: "subnets", Alias: []string{"list"}, Short: "List all subnets",
			Example: "agorad query subnet subnets --page-limit 20",
		},
		{
			RpcMethod: "Benchmark", Use: "benchmark [netuid] [version]", Short: "Show a benchmark version with its spec bytes; version 0 is the newest",
			Example: "agorad query subnet benchmark 1 0\nagorad query subnet benchmark 1 2 --benchmark 1", PositionalArgs: args("netuid", "version"),
		},
		{
			RpcMethod: "Benchmarks", Use: "benchmarks [netuid]", Short: "List the versions of a subnet's benchmarks, without their spec bytes",
			Example: "agorad query subnet benchmarks 1", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "BenchmarkBounds", Use: "benchmark-bounds [netuid] [benchmark]", Short: "Show which numbers of a benchmark may be tuned, and how far",
			Example: "agorad query subnet benchmark-bounds 1 0", PositionalArgs: args("netuid", "benchmark"),
		},
		{
			RpcMethod: "NextEpoch", Use: "next-epoch [netuid]", Short: "Show when the epoch under way ends, and until when to reveal, commit and change parameters",
			Example: "agorad query subnet next-epoch 1", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "Epoch", Use: "epoch [netuid]", Short: "Show the epoch under way: beacon, benchmarks, permits, blocks left",
			Example: "agorad query subnet epoch 1", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "PastEpoch", Use: "past-epoch [netuid] [index]", Short: "Show an epoch by its index while it is kept",
			Example: "agorad query subnet past-epoch 1 41", PositionalArgs: args("netuid", "index"),
		},
		{
			RpcMethod: "Miner", Use: "miner [netuid] [uid]", Short: "Show the miner in a slot",
			Example: "agorad query subnet miner 1 0", PositionalArgs: args("netuid", "uid"),
		},
		{
			RpcMethod: "MinerByID", Use: "miner-by-id [netuid] [miner-id]", Short: "Show the miner of an identity while it has a slot",
			Example: "agorad query subnet miner-by-id 1 42", PositionalArgs: args("netuid", "miner_id"),
		},
		{
			RpcMethod: "DangerZone", Use: "danger-zone [netuid]", Short: "List the miners that the next registrations replace, the first first",
			Example: "agorad query subnet danger-zone 1 --count 20", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "MinerByHotkey", Use: "miner-by-hotkey [netuid] [hotkey]", Short: "Show the miner that a hotkey serves for",
			Example: "agorad query subnet miner-by-hotkey 1 agora1...", PositionalArgs: args("netuid", "hotkey"),
		},
		{
			RpcMethod: "Miners", Use: "miners [netuid]", Short: "List a subnet's miners by slot",
			Example: "agorad query subnet miners 1", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "MinersOfOwner", Use: "miners-of-owner [owner]", Alias: []string{"miners-of"}, Short: "List an account's miners over all subnets, with their bonds; without a hotkey: it holds no slot any more",
			Example: "agorad query subnet miners-of-owner agora1...", PositionalArgs: args("owner"),
		},
		{
			RpcMethod: "Metagraph", Use: "metagraph [netuid]", Short: "Show a subnet's miners as columns: all, or those named",
			Example:        "agorad query subnet metagraph 1 --output json\nagorad query subnet metagraph 1 --fields miner_ids,last_emissions --page-limit 1800",
			PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "Appointments", Use: "appointments [validator]", Short: "List the hotkeys that a validator appointed",
			Example: "agorad query subnet appointments agoravaloper1...", PositionalArgs: args("validator"),
		},
		{
			RpcMethod: "Commit", Use: "commit [netuid] [epoch] [hotkey]", Short: "Show what a hotkey committed in an epoch",
			Example: "agorad query subnet commit 1 41 agora1... --benchmark 0", PositionalArgs: args("netuid", "epoch", "hotkey"),
		},
		{
			RpcMethod: "Commits", Use: "commits [netuid] [epoch]", Short: "List the commits of an epoch, by benchmark and hotkey",
			Example: "agorad query subnet commits 1 41", PositionalArgs: args("netuid", "epoch"),
		},
		{
			RpcMethod: "Row", Use: "row [netuid] [epoch] [hotkey]", Short: "Show the weights that a hotkey revealed for an epoch",
			Example: "agorad query subnet row 1 41 agora1... --benchmark 0", PositionalArgs: args("netuid", "epoch", "hotkey"),
		},
		{
			RpcMethod: "Rows", Use: "rows [netuid] [epoch]", Short: "List the rows that were opened for an epoch, without their weights",
			Example: "agorad query subnet rows 1 41", PositionalArgs: args("netuid", "epoch"),
		},
		{
			RpcMethod: "Refusals", Use: "refusals [netuid]", Short: "List how often commits and reveals of each hotkey were refused, and for what",
			Example: "agorad query subnet refusals 1", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "ScoringRecords", Use: "scoring-records [netuid]", Alias: []string{"records"}, Short: "List what each hotkey committed, revealed and missed on each benchmark",
			Example: "agorad query subnet scoring-records 1", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "RegistrationPrice", Use: "registration-price [netuid]", Alias: []string{"price"}, Short: "Show what a miner registration burns, now and some blocks ahead",
			Example: "agorad query subnet registration-price 1 --blocks 360", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "SubnetDeposit", Use: "subnet-deposit", Alias: []string{"deposit"}, Short: "Show what a subnet registration locks now",
			Example: "agorad query subnet subnet-deposit",
		},
		{
			RpcMethod: "SubnetParams", Use: "params [netuid]", Alias: []string{"subnet-params"}, Short: "Show a subnet's parameters: value now and next, range, meaning, who may change them and who did",
			Example: "agorad query subnet params 1", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "Beacon", Use: "beacon", Short: "Show the beacon of the last block",
			Example: "agorad query subnet beacon",
		},
		{
			RpcMethod: "BeaconKeys", Use: "beacon-keys", Short: "List the keys with which validators prove their part of the beacons",
			Example: "agorad query subnet beacon-keys",
		},
	}
}

func txCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "RegisterSubnet", Use: "register-subnet [name]", Short: "Lock a deposit and create an inactive subnet",
			Example:        `agorad tx subnet register-subnet sums --description "multi-digit sums" --max-deposit 1000000000 --params '{"tempo":"100"}' --from owner`,
			PositionalArgs: args("name"),
		},
		{RpcMethod: "ProposeBenchmark", Skip: true}, // written by hand: it reads a YAML file
		{
			RpcMethod: "StartSubnet", Use: "start-subnet [netuid]", Short: "Let a subnet's first epoch begin in the next block",
			Example: "agorad tx subnet start-subnet 1 --from owner", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "UpdateSubnetIdentity", Use: "update-subnet-identity [netuid] [name]", Short: "Set what you say of your subnet; what is left out becomes empty",
			Example:        `agorad tx subnet update-subnet-identity 1 sums --description "multi-digit sums" --details '{"url":"https://sums.example","contact":"hello@sums.example"}' --from owner`,
			PositionalArgs: args("netuid", "name"),
		},
		{
			RpcMethod: "UpdateSubnetParams", Use: "update-subnet-params [netuid]", Short: "Change the named parameters of your subnet from its next epoch on",
			Example:        `agorad tx subnet update-subnet-params 1 --fields tempo,reveal_window --params '{"tempo":"720","reveal_window":"360"}' --from owner`,
			PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "OfferSubnet", Use: "offer-subnet [netuid] [new-owner]", Short: "Let another account take your subnet over; without an account take the offer back",
			Example:        "agorad tx subnet offer-subnet 1 agora1... --from owner",
			PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "netuid"}, {ProtoField: "new_owner", Optional: true}},
		},
		{
			RpcMethod: "AcceptSubnet", Use: "accept-subnet [netuid]", Short: "Take over a subnet that is offered to you",
			Example: "agorad tx subnet accept-subnet 1 --from new-owner", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "CloseSubnet", Use: "close-subnet [netuid]", Short: "End your subnet after its notice and get the deposit back, less a part; --reopen takes it back",
			Example: "agorad tx subnet close-subnet 1 --from owner", PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "SetBenchmarkShares", Use: "set-benchmark-shares [netuid]", Short: "Set how your benchmarks share the subnet's emission, now and later; without steps benchmark 0 has it all",
			Long: "Each --steps is a share in basis points for every benchmark, by number, from a height on; together 10,000.\n" +
				"A benchmark without a share is not scored. The steps replace those that are there.",
			Example: `agorad tx subnet set-benchmark-shares 1 --steps '{"from_height":"0","shares_bp":[7000,3000]}' --from owner
agorad tx subnet set-benchmark-shares 1 --steps '{"shares_bp":[10000]}' --steps '{"from_height":"90000","shares_bp":[5000,5000]}' --from owner`,
			PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "SetBenchmarkBounds", Use: "set-benchmark-bounds [netuid] [benchmark]", Short: "Set which numbers of a benchmark may be tuned, and how far; without bounds none",
			Long:           "Each --bounds names a number of the spec by its path; they replace those that are there, and are given by ascending path.",
			Example:        `agorad tx subnet set-benchmark-bounds 1 0 --bounds '{"field":"request.max_tokens","max_change":"16","min":"32","max":"256"}' --from owner`,
			PositionalArgs: args("netuid", "benchmark"),
		},
		{
			RpcMethod: "TuneBenchmark", Use: "tune-benchmark [netuid] [benchmark]", Short: "Change numbers of a benchmark within their bounds; it makes the next version",
			Long: "Each --changes gives a number of the spec a new value, by ascending path. Another account may do it for the owner:\n" +
				"agorad tx subnet grant-tuning, then agorad tx authz exec.",
			Example:        `agorad tx subnet tune-benchmark 1 0 --changes '{"field":"request.max_tokens","value":"64"}' --from owner`,
			PositionalArgs: args("netuid", "benchmark"),
		},
		{
			RpcMethod: "WithdrawBenchmark", Use: "withdraw-benchmark [netuid] [version]", Short: "Take back a proposed benchmark version that is not active yet",
			Example: "agorad tx subnet withdraw-benchmark 1 2 --benchmark 0 --from owner", PositionalArgs: args("netuid", "version"),
		},
		{
			RpcMethod: "RegisterMiner", Use: "register-miner [netuid] [hotkey]", Short: "Burn the registration price and take a miner's slot",
			Example: "agorad tx subnet register-miner 1 agora1... --max-price 1000000 --from owner", PositionalArgs: args("netuid", "hotkey"),
		},
		{
			RpcMethod: "Serve", Use: "serve [netuid]", Short: "Publish where and what a miner serves",
			Example:        `agorad tx subnet serve 1 --endpoints https://miner.example:8443 --protocols agora/1 --capabilities '{"model":"basics-strong"}' --from hotkey`,
			PositionalArgs: args("netuid"),
		},
		{
			RpcMethod: "DeregisterMiner", Use: "deregister-miner [netuid] [miner-id]", Short: "Give a miner's slot up; its pay stays claimable, its bond is called back",
			Example: "agorad tx subnet deregister-miner 1 42 --from owner", PositionalArgs: args("netuid", "miner_id"),
		},
		{
			RpcMethod: "RotateHotkey", Use: "rotate-hotkey [netuid] [miner-id] [hotkey]", Short: "Give a miner another hotkey, which has to serve again; slot, identity, bond and model stay",
			Example: "agorad tx subnet rotate-hotkey 1 42 agora1... --from owner", PositionalArgs: args("netuid", "miner_id", "hotkey"),
		},
		{
			RpcMethod: "CommitModel", Use: "commit-model [netuid] [digest] [format] [size]", Short: "Commit the sha256 (base64) of the model that a miner serves; the height is its priority",
			Example:        "agorad tx subnet commit-model 1 n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg= safetensors 52428800 --urls https://models.example/m.safetensors --from hotkey",
			PositionalArgs: args("netuid", "digest", "format", "size"),
		},
		{
			RpcMethod: "BondMiner", Use: "bond-miner [netuid] [miner-id] [amount]", Short: "Lock uagora that vouch for a miner",
			Example: "agorad tx subnet bond-miner 1 42 1000000 --from owner", PositionalArgs: args("netuid", "miner_id", "amount"),
		},
		{
			RpcMethod: "UnbondMiner", Use: "unbond-miner [netuid] [miner-id] [amount]", Short: "Call uagora of a miner's bond back and collect what is free; an amount of 0 only collects",
			Example: "agorad tx subnet unbond-miner 1 42 500000 --from owner", PositionalArgs: args("netuid", "miner_id", "amount"),
		},
		{
			RpcMethod: "AppointHotkey", Use: "appoint-hotkey [netuid] [hotkey] [share-bp]", Short: "Let a hotkey score for your validator; netuid 0 is every subnet, a share of 0 revokes",
			Example: "agorad tx subnet appoint-hotkey 0 agora1... 10000 --from operator", PositionalArgs: args("netuid", "hotkey", "share_bp"),
		},
		{
			RpcMethod: "SetBeaconKey", Use: "set-beacon-key [key]", Short: "Register the key (base64) with which your validator proves its part of the beacons; \"\" gives it up",
			Example: "agorad tx subnet set-beacon-key $(agorad beacon-key show) --from operator", PositionalArgs: args("key"),
		},
		{
			RpcMethod: "CommitScores", Use: "commit-scores [netuid] [epoch] [benchmark-version] [hash]", Short: "Commit the hash of a row of weights (base64)",
			Example:        "agorad tx subnet commit-scores 1 41 1 n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg= --benchmark 0 --from hotkey",
			PositionalArgs: args("netuid", "epoch", "benchmark_version", "hash"),
		},
		{RpcMethod: "RevealScores", Skip: true}, // written by hand, as SetScores: a row is too long for a command line
		{RpcMethod: "SetScores", Skip: true},
		{
			RpcMethod: "PauseSubnet", Use: "pause-subnet-proposal [netuid]", Short: "Propose to governance to pause a subnet",
			Example: `agorad tx subnet pause-subnet-proposal 1 --reason "its tasks leaked" --from holder`, PositionalArgs: args("netuid"), GovProposal: true,
		},
		{
			RpcMethod: "ResumeSubnet", Use: "resume-subnet-proposal [netuid]", Short: "Propose to governance to let a paused subnet go on",
			Example: "agorad tx subnet resume-subnet-proposal 1 --from holder", PositionalArgs: args("netuid"), GovProposal: true,
		},
		{
			RpcMethod: "UpdateParams", Use: "update-params-proposal [params]", Short: "Propose to governance to set all of the module's parameters",
			Example: `agorad tx subnet update-params-proposal "$(cat params.json)" --from holder`, PositionalArgs: args("params"), GovProposal: true,
		},
	}
}
