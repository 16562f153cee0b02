package human

// glossary explains the words of the field and of this chain. Parameters and errors are not in it:
// their own tables explain them.
var glossary = []explanation{
	term("subnet", "A market for one kind of measured work. Its owner publishes what is measured, one benchmark or several; miners compete on it, validators score them, and holders vote what part of the emission it gets.", "agorad subnet list", "netuid", "benchmark"),
	term("netuid", "The number of a subnet.", "agorad subnet list"),
	term("owner", "Of a subnet: the account that locked its deposit, publishes its benchmark and gets the owner's part of each epoch. Of a miner: the account that registered it and is paid. Owners sign rarely; keep their keys offline.", "hotkey", "deposit").aka("coldkey"),
	term("hotkey", "The key that works every day and holds no money: a miner's signs its answers, a validator's signs commits and reveals. Fees can be paid for it by a fee grant.", "owner", "appointment"),
	term("miner", "A registered competitor on a subnet: an owner, a hotkey, a slot and an endpoint that answers questions.", "agorad subnet register 1", "uid", "miner_id").aka("neuron"),
	term("uid", "A miner's slot on its subnet, counted from 0. It is used again when the miner is replaced; votes never hang on it.", "miner_id", "replacement"),
	term("miner_id", "A miner's identity on its subnet, counted from 1 and never used again. Weights, bonds and pay hang on it, so a newcomer in an old slot inherits nothing.", "uid").aka("id"),
	term("endpoint", "The base URL at which a miner answers, published on the chain by its hotkey.", "served").aka("axon"),
	term("served", "How many blocks ago a miner last published its endpoints; a dash means never.", "endpoint").aka("updated"),
	term("validator", "A bonded validator of x/staking that scores miners through appointed hotkeys.", "permit", "appointment", "power"),
	term("appointment", "The right of a hotkey to score for a validator, on one subnet or on all, with a share of its stake.", "hotkey", "permit").aka("child hotkey"),
	term("permit", "The right of a hotkey to score in one epoch. The hotkeys with most power get the permits when the epoch begins.", "max_validators", "min_scoring_power", "activity_cutoff").aka("vpermit", "validator permit"),
	term("power", "What a hotkey's scores weigh: its validator's bonded stake times its share.", "permit", "stake").aka("scoring power", "stake weight"),
	term("stake", "Coins delegated to a validator by x/staking. It secures the chain, weighs scores and votes on emission.", "agorad wallet overview", "emission vote"),
	term("epoch", "The unit of a subnet's work, as long as its tempo. In it, validators ask the tasks drawn from the beacon, commit the scores of this epoch and reveal those of the one before; at its end everybody is paid.", "tempo", "commit-reveal"),
	term("beacon", "Randomness fixed when an epoch begins. All tasks are drawn from it, so nobody knows the questions before and anybody can recompute them after.", "epoch", "benchmark"),
	term("benchmark", "What a subnet measures: task families, drawing, scoring and weighting as data on the chain, in numbered versions with notice.", "agorad query subnet spec 1", "benchmark_notice").aka("incentive mechanism"),
	term("benchmark shares", "A subnet may have up to 8 benchmarks, numbered from 0. Each is scored, bonded and paid by itself, with its share of the subnet's emission; a schedule of steps changes the shares from given heights on. A benchmark without a share is not scored.", "agorad subnet show 1", "subnet/90").aka("mechanism", "emission split", "share step", "schedule"),
	term("notice", "How many epochs lie between the proposal of a benchmark's version and its first use, so that everybody can prepare. An owner may ask for a later height too.", "benchmark_notice", "benchmark"),
	term("tuning", "Changing numbers of a benchmark within bounds that its owner set: each number moves by at most max_change at once, at most once per epoch, and stays within min and max. The owner may leave it to another account by x/authz.", "agorad query subnet benchmark-bounds 1 0", "subnet/104").aka("bounds", "tune"),
	term("direct scores", "A subnet with the parameter direct_scores takes rows in the open, without commit and reveal. They can be copied while they still count.", "direct_scores", "commit-reveal"),
	term("refusal", "A commit or reveal that the chain did not take. It changes nothing, but is counted for the hotkey by the reason.", "agorad query subnet refusals 1", "commit-reveal").aka("refusals"),
	term("score", "What an answer earned by the benchmark, and the mean a miner has from them. Scores become weights.", "weights"),
	term("weights", "A validator's row: for each miner a number that says how good it is beside the others.", "commit-reveal", "consensus").aka("row", "weight"),
	term("commit-reveal", "A validator first commits the hash of its row, and opens it in the next epoch: nobody can copy weights that nobody has seen.", "reveal_window", "subnet/43").aka("commit", "reveal", "commit reveal", "weight copying"),
	term("evidence", "The Merkle root over every question, answer and receipt behind a row. It is committed with the weights; anyone may ask for the leaves.", "commit-reveal").aka("evidence root"),
	term("yuma", "The arithmetic at the end of an epoch. It cuts each weight to what enough power agrees on, pays miners by the rest, and pays validators for having recognised them early.", "consensus", "bond", "yuma_variant").aka("yuma consensus", "yc3", "yuma3"),
	term("consensus", "Of a miner: the greatest weight that the share kappa of power gives it at least. What a validator gives above it does not count.", "kappa", "trust"),
	term("trust", "Of a validator: what is left of its row after cutting to consensus. 1 means that it agrees with the others in everything.", "consensus", "dividends").aka("vtrust", "validator trust"),
	term("rank", "Of a miner: the power-weighted sum of its weights after cutting to consensus. In proportion to it, ranks are incentives.", "incentive"),
	term("incentive", "A miner's part of what an epoch pays to all miners.", "consensus", "emission"),
	term("bond", "What ties a validator to a miner: it grows with the weight the validator gave it, over epochs. Dividends are bonds times incentives, so early right judgement pays.", "bonds_moving_average", "bonds_penalty", "dividends").aka("bonds"),
	term("dividends", "A validator's part of what an epoch pays to all validators; it goes to its delegators, less commission, by x/distribution.", "bond", "trust"),
	term("emission", "New coins of each block: a part secures consensus, the rest goes to subnets by vote, and in each to owner, miners and validators.", "agorad query rewards emission", "share", "halving"),
	term("halving", "Each time half of what was left of the supply cap has been issued, a block's emission halves.", "emission"),
	term("vote share", "A subnet's smoothed part of all bonded stake that votes on emission. It becomes the subnet's share of the emission, and decides which subnet is pruned.", "agorad subnet list", "emission vote", "pruning"),
	term("miner bond", "Coins locked for a miner, to vouch for it. They can be slashed, and come back bond_release blocks after they were called back.", "bond_release", "subnet/87"),
	term("share", "A subnet's part of the emission, smoothed over time: bonded stake that votes for it, of all bonded stake. Stake that does not vote mints nothing.", "emission vote").aka("subnet share"),
	term("emission vote", "A staker's standing split of emission over subnets. Who does not vote follows the validator's own vote.", "agorad query rewards tally", "stake").aka("vote", "emission votes"),
	term("accrued", "A miner's pay that waits for its owner to claim it.", "agorad tx rewards claim 1").aka("claim", "claimable"),
	term("burn price", "What registering a miner costs now. It is burned. Each registration raises it, and time halves it.", "agorad subnet price 1", "burn_increase_bp", "burn_half_life", "min_burn").aka("registration price", "recycle", "burn cost"),
	term("deposit", "What registering a subnet locks. It doubles with each registration and falls back linearly.", "agorad subnet price", "subnet_deposit_min").aka("lock cost", "subnet deposit"),
	term("replacement", "When all slots are taken, a new miner takes that of the lowest: least emission in the last epoch, among those not immune.", "agorad subnet danger 1", "immunity", "uid").aka("deregistration", "danger zone"),
	term("pruning", "When all subnets that may exist are there, a new one takes the place of that with the smallest share, among those not immune.", "subnet_immunity_period", "share").aka("prune"),
	term("immunity", "The time in which a new miner or subnet cannot be replaced.", "immunity_period", "subnet_immunity_period"),
	term("pause", "Governance stops a subnet: no epochs, no emission, until it is resumed. Nothing is lost.", "subnet/59").aka("paused"),
	term("liquid alpha", "Bonds follow weights faster where a validator is far from consensus.", "liquid_alpha", "alpha_low", "alpha_high").aka("alpha"),
	term("uagora", "The smallest coin; 1,000,000 uagora are 1 AGORA.").aka("agora", "tao", "rao"),
}

func term(name, meaning string, see ...string) explanation {
	return explanation{Kind: kindTerm, Name: name, Message: meaning, See: see}
}

func (e explanation) aka(aliases ...string) explanation {
	e.Aliases = aliases
	return e
}
