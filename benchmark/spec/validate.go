package spec

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Ranges of settings, inclusive.
const (
	// CurrentFormat is the only format there is.
	CurrentFormat = 1

	MaxNameBytes         = 64
	MaxDescriptionBytes  = 1024
	MaxItemsPerMiner     = 1024 // samples of all items together as well
	MaxSamples           = 64
	MaxValidatorsPerItem = 256
	MaxTokens            = 32_768
	MaxTemperatureMilli  = 2_000
	MinDeadlineMs        = 50
	MaxDeadlineMs        = 120_000
	MaxPromptBytes       = 4096
	MaxScorers           = 16
	MaxModels            = 8
	MaxSchemaBytes       = 8192
	MaxFormulaBytes      = 4096
	MaxProgramBytes      = 16_384
	MinSteps             = 1000
	MaxSteps             = 10_000_000
	MaxMillibits         = 16_000
	MaxTokensPerSecond   = 1_000_000
	MaxAbsoluteTolerance = 1_000_000_000_000_000
	MaxGoldens           = 16
	MaxGoldenBytes       = 4096
	MaxModuleBytes       = 16 << 20
	MaxMemoryPages       = 4096
	MaxTimeLimitMs       = 60_000
	MaxMirrors           = 8
	MaxMirrorBytes       = 256
	MaxDatasetItems      = MaxUint32
	MaxShards            = 256
	MaxShardBytes        = 64 << 20
	MaxHalfLifeBlocks    = 10_000_000
	MaxMarginBp          = 5_000
	MaxAlphaPpm          = 200_000
	MaxBaselineBp        = OneBp - 1
	MaxTopK              = 65_535
	MaxExponent          = 8
	MaxTemperatureBp     = 100_000
	MaxEvidenceEpochs    = 10_000

	// OneBp is the whole in basis points.
	OneBp = 10_000
	// ScoreOne is the best score.
	ScoreOne = 1_000_000_000
	// MaxUint32 is the largest number that most settings can hold.
	MaxUint32 = math.MaxUint32
)

// Validate reports everything that is missing, out of range or contradictory, as
// an [InvalidError]. It is deterministic and its work is bounded by the ranges
// above, whatever the spec holds.
func (m *Spec) Validate() error {
	var v validation
	if m == nil {
		v.problem("", "there is no spec")
		return v.err()
	}
	for _, s := range settings(m) {
		s.value.check(&v, s.name)
	}
	v.contradictions(m)
	return v.err()
}

// validation collects problems.
type validation struct {
	problems []Problem
}

func (v *validation) err() error {
	if len(v.problems) == 0 {
		return nil
	}
	return &InvalidError{Problems: v.problems}
}

func (v *validation) problem(path, format string, args ...any) {
	// One more than is shown, so that the end of the list is known to be cut.
	if len(v.problems) <= mostProblems {
		v.problems = append(v.problems, Problem{Path: path, Reason: fmt.Sprintf(format, args...)})
	}
}

func (v *validation) between(path string, value, low, high uint64) {
	if value < low || value > high {
		v.problem(path, "is %d, must be %s", value, span(low, high))
	}
}

func span(low, high uint64) string {
	if low == high {
		return strconv.FormatUint(low, 10)
	}
	return fmt.Sprintf("%d to %d", low, high)
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// quoted shows text of unknown length and content in an error.
func quoted(text string) string {
	const most = 40
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strconv.Quote(text)
}
