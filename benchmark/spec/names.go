package spec

import "slices"

// YAML names of enum values; the index is the value, and value 0 has no name.
var (
	kindNames            = [...]string{KIND_INFERENCE: "inference"}
	domainNames          = [...]string{SAMPLING_DOMAIN_MINER: "miner", SAMPLING_DOMAIN_SHARED: "shared"}
	endpointNames        = [...]string{ENDPOINT_CHAT_COMPLETIONS: "chat/completions"}
	extractionNames      = [...]string{EXTRACTION_WHOLE: "whole", EXTRACTION_AFTER_LAST_EQUALS: "after-last-equals"}
	itemAggregationNames = [...]string{ITEM_AGGREGATION_MEAN: "mean"}
	absenceNames         = [...]string{ABSENCE_RESET: "reset"}
	verificationNames    = [...]string{VERIFICATION_RECEIPTS: "receipts"}
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
