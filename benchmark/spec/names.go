package spec

import "slices"

// YAML names of enum values; the index is the value, and value 0 has no name.
var (
	kindNames       = [...]string{KIND_INFERENCE: "inference"}
	domainNames     = [...]string{SAMPLING_DOMAIN_MINER: "miner", SAMPLING_DOMAIN_SHARED: "shared"}
	endpointNames   = [...]string{ENDPOINT_CHAT_COMPLETIONS: "chat/completions"}
	extractionNames = [...]string{
		EXTRACTION_WHOLE: "whole", EXTRACTION_AFTER_LAST_EQUALS: "after-last-equals", EXTRACTION_LAST_LINE: "last-line",
		EXTRACTION_LAST_NUMBER: "last-number", EXTRACTION_CODE: "code", EXTRACTION_JSON: "json",
	}
	itemAggregationNames = [...]string{
		ITEM_AGGREGATION_MEAN: "mean", ITEM_AGGREGATION_WIN_RATE: "win-rate", ITEM_AGGREGATION_BRADLEY_TERRY: "bradley-terry",
		ITEM_AGGREGATION_OPEN_SKILL: "open-skill", ITEM_AGGREGATION_PARETO: "pareto", ITEM_AGGREGATION_WINNER_TAKES_ALL: "winner-takes-all",
	}
	absenceNames      = [...]string{ABSENCE_RESET: "reset"}
	faultNames        = [...]string{FAULT_ZERO: "zero"}
	significanceNames = [...]string{SIGNIFICANCE_TEST_SIGN: "sign", SIGNIFICANCE_TEST_SEQUENTIAL: "sequential"}
	tierNames         = [...]string{TIER_EXACT: "exact", TIER_FLOAT32: "float32", TIER_LOW: "low"}
	verificationNames = [...]string{VERIFICATION_RECEIPTS: "receipts"}
)

// valueOf returns the enum value with the given name, 0 when there is none.
func valueOf(names []string, name string) int32 {
	if name == "" {
		return 0
	}
	if at := slices.Index(names, name); at > 0 {
		return int32(at)
	}
	return 0
}
