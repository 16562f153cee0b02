package rewards

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
)

// AutoCLIOptions describes the commands that are made from the module's services.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "agora.rewards.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Params", Use: "params", Short: "Show the parameters",
					Example: "agorad query rewards params",
				},
				{
					RpcMethod: "Emission", Use: "emission", Short: "Show supply, emission per block and the next halving",
					Example: "agorad query rewards emission",
				},
				{
					RpcMethod: "Tally", Use: "tally", Short: "Show the last count of the emission votes, and what a count would give now",
					Example: "agorad query rewards tally",
				},
				{
					RpcMethod: "ValidatorTally", Use: "validator-tally [validator]", Short: "Show where a validator's stake votes: its delegators', and its own for the others",
					Example:        "agorad query rewards validator-tally agoravaloper1…",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "validator"}},
				},
				{
					RpcMethod: "VoterTally", Use: "voter-tally [voter]", Short: "Show where an account's stake votes, by its own vote or by those of its validators",
					Example:        "agorad query rewards voter-tally agora1…",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "voter"}},
				},
				{
					RpcMethod: "ProjectedEmission", Use: "projected-emission", Short: "Show what subnets will have to pay at the end of their epoch",
					Long:    "Show what subnets will have to pay at the end of their epoch if shares and the emission stay as they are: one subnet with --netuid, else all that run, have votes or have something pending.",
					Example: "agorad query rewards projected-emission\nagorad query rewards projected-emission --netuid 1",
				},
				{
					RpcMethod: "Vote", Use: "vote [voter]", Short: "Show an account's standing emission vote",
					Example:        "agorad query rewards vote agora1…",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "voter"}},
				},
				{
					RpcMethod: "Pending", Use: "pending [netuid]", Short: "Show what waits for a subnet's epoch",
					Example:        "agorad query rewards pending 1",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "netuid"}},
				},
				{
					RpcMethod: "EpochResult", Use: "epoch-result [netuid]", Alias: []string{"epoch"},
					Short:          "Show the outcome of a subnet's last closed epoch: incentives, dividends, trust, amounts",
					Example:        "agorad query rewards epoch-result 1 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "netuid"}},
				},
				{
					RpcMethod: "Accrued", Use: "accrued [owner]", Short: "Show what an owner's miners may claim, per subnet",
					Example:        "agorad query rewards accrued agora1…",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "owner"}},
				},
				{
					RpcMethod: "Invariants", Use: "invariants", Short: "Check that every coin of the module is accounted for",
					Example: "agorad query rewards invariants",
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:              "agora.rewards.v1.Msg",
			EnhanceCustomCommand: true,
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "VoteEmissions", Use: "vote-emissions [weights...]",
					Short: "Split the emission that your bonded stake steers over subnets; no weights withdraw the vote",
					Example: `agorad tx rewards vote-emissions '{"netuid":1,"weight_bp":8000}' '{"netuid":2,"weight_bp":2000}' --from alice
agorad tx rewards vote-emissions --from alice`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "weights", Varargs: true}},
				},
				{RpcMethod: "Claim", Skip: true}, // written by hand: AutoCLI cannot fill a list of 32-bit numbers
				{
					RpcMethod: "UpdateParams", Use: "update-params-proposal [params]", Short: "Propose new parameters to governance",
					Example:        `agorad tx rewards update-params-proposal '{"supply_cap":"21000000000000","initial_block_emission":"1000000","consensus_share_bp":1000,"owner_bp":1800,"miner_bp":4100,"validator_bp":4100,"max_epochs_per_block":4,"leftover":"LEFTOVER_BURN","max_vote_targets":64,"tally_interval":"10","tally_half_life":"3600","auto_claim_interval":"0","auto_claim_min":"100000","max_auto_claims_per_block":64}' --from alice`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "params"}},
					GovProposal:    true,
				},
			},
		},
	}
}
