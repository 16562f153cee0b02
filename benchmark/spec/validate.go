package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Ranges of settings, inclusive.
const (
	// CurrentFormat is the only format there is.
	CurrentFormat = 1

	MaxNameBytes        = 64
	MaxDescriptionBytes = 1024
	MaxItemsPerMiner    = 1024
	MaxTokens           = 32_768
	MaxTemperatureMilli = 2_000
	MinDeadlineMs       = 50
	MaxDeadlineMs       = 120_000
	MaxScorers          = 16
	MaxBaselineBp       = OneBp - 1
	MaxTopK             = 65_535
	MaxExponent         = 8
	MaxTemperatureBp    = 100_000

	// OneBp is the whole in basis points.
	OneBp = 10_000
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
	v.between("format", m.Format, CurrentFormat, CurrentFormat)
	v.name(m.Name)
	v.description(m.Description)
	v.choice("kind", int32(m.Kind), kindNames[:])
	v.source(&m.Source)
	v.between("sampling.items_per_miner", m.Sampling.ItemsPerMiner, 1, MaxItemsPerMiner)
	v.choice("sampling.domain", int32(m.Sampling.Domain), domainNames[:])
	v.choice("request.endpoint", int32(m.Request.Endpoint), endpointNames[:])
	v.between("request.max_tokens", m.Request.MaxTokens, 1, MaxTokens)
	v.between("request.temperature_milli", m.Request.TemperatureMilli, 0, MaxTemperatureMilli)
	v.between("request.deadline_ms", m.Request.DeadlineMs, MinDeadlineMs, MaxDeadlineMs)
	v.scorers(m.Scorers)
	v.choice("aggregation.items", int32(m.Aggregation.Items), itemAggregationNames[:])
	v.between("aggregation.ema_alpha_bp", m.Aggregation.EmaAlphaBp, 1, OneBp)
	v.choice("aggregation.absence", int32(m.Aggregation.Absence), absenceNames[:])
	v.weights(&m.Weights)
	v.choice("verification", int32(m.Verification), verificationNames[:])
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
	v.problems = append(v.problems, Problem{Path: path, Reason: fmt.Sprintf(format, args...)})
}

func (v *validation) between(path string, value, low, high uint32) {
	if value < low || value > high {
		v.problem(path, "is %d, must be %s", value, span(low, high))
	}
}

func span(low, high uint32) string {
	if low == high {
		return strconv.FormatUint(uint64(low), 10)
	}
	return fmt.Sprintf("%d to %d", low, high)
}

// choice checks an enum value; names holds the YAML name of each value, value 0
// ("unspecified") being the empty string.
func (v *validation) choice(path string, value int32, names []string) {
	if value < 1 || int(value) >= len(names) {
		v.problem(path, "must be %s", strings.Join(names[1:], " or "))
	}
}

func (v *validation) name(name string) {
	if len(name) < 1 || len(name) > MaxNameBytes {
		v.problem("name", "has %d bytes, must have 1 to %d", len(name), MaxNameBytes)
		return
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			v.problem("name", "holds %q, only a-z, 0-9, '-' and '.' are allowed", c)
			return
		}
	}
}

func (v *validation) description(text string) {
	if len(text) > MaxDescriptionBytes {
		v.problem("description", "has %d bytes, must have at most %d", len(text), MaxDescriptionBytes)
		return
	}
	if !utf8.ValidString(text) {
		v.problem("description", "is not valid UTF-8")
		return
	}
	// Ranges written out: Unicode's own tables grow with each release of Go, and
	// two nodes must never disagree.
	for _, r := range text {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0) {
			v.problem("description", "holds the control character %U, of which only line breaks are allowed", r)
			return
		}
	}
}

func (v *validation) source(source *Source) {
	builtin := source.GetBuiltin()
	if builtin == nil {
		v.problem("source", "names no generator")
		return
	}
	known := generatorFamilies(builtin.Generator)
	if known == nil {
		v.problem("source.generator", "%s is not known, must be %s", quoted(builtin.Generator), generatorNames())
		return
	}
	if len(builtin.Families) == 0 || len(builtin.Families) > len(known) {
		v.problem("source.families", "lists %d families, must list 1 to %d of %s", len(builtin.Families), len(known), strings.Join(known, ", "))
		return
	}
	// The order of families numbers the draw, so only one order is canonical.
	last := -1
	for i, family := range builtin.Families {
		path := index("source.families", i)
		at := slices.Index(known, family)
		switch {
		case at < 0:
			v.problem(path, "%s is not a family of %s, must be one of %s", quoted(family), builtin.Generator, strings.Join(known, ", "))
		case at == last:
			v.problem(path, "%s is listed twice", quoted(family))
		case at < last:
			v.problem(path, "%s is out of order, families are listed as %s", quoted(family), strings.Join(known, ", "))
		default:
			last = at
		}
	}
}

func (v *validation) scorers(scorers []Scorer) {
	if len(scorers) < 1 || len(scorers) > MaxScorers {
		v.problem("scorers", "lists %d scorers, must list 1 to %d", len(scorers), MaxScorers)
		return
	}
	var total uint64
	for i := range scorers {
		path := index("scorers", i)
		scorer := &scorers[i]
		if scorer.GetExact() == nil {
			v.problem(path+".scorer", "must be %s", ScorerExact)
		}
		v.between(path+".weight_bp", scorer.WeightBp, 1, OneBp)
		v.choice(path+".extract", int32(scorer.Extraction), extractionNames[:])
		for j := range i {
			if scorers[j].Extraction == scorer.Extraction {
				v.problem(path, "does the same as scorers[%d]; give that one the weight of both", j)
				break
			}
		}
		total += uint64(scorer.WeightBp)
	}
	if total != OneBp {
		v.problem("scorers", "the weights add up to %d bp, must add up to %d", total, OneBp)
	}
}

func (v *validation) weights(weights *Weights) {
	v.between("weights.baseline_bp", weights.BaselineBp, 0, MaxBaselineBp)
	v.between("weights.top_k", weights.TopK, 0, MaxTopK)
	power, softmax := weights.GetPower(), weights.GetSoftmax()
	switch {
	case power != nil:
		v.between("weights.power", power.Exponent, 1, MaxExponent)
	case softmax != nil:
		v.between("weights.softmax_temperature_bp", softmax.TemperatureBp, 1, MaxTemperatureBp)
	default:
		v.problem("weights", "needs either power or softmax_temperature_bp")
	}
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func generatorNames() string {
	names := make([]string, len(generators))
	for i := range generators {
		names[i] = generators[i].Name
	}
	return strings.Join(names, " or ")
}

// quoted shows text of unknown length and content in an error.
func quoted(text string) string {
	const most = 40
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strconv.Quote(text)
}
