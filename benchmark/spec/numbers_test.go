package spec_test

import (
	"encoding/hex"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/spec"
)

func TestTheNumbersOfASpecAreListedInTheOrderOfItsFields(t *testing.T) {
	require.Equal(t, []spec.Number{
		{Path: "format", Value: 1},
		{Path: "sampling.items_per_miner", Value: 8},
		{Path: "sampling.calibration_items"},
		{Path: "sampling.validators_per_item"},
		{Path: "sampling.samples"},
		{Path: "request.max_tokens", Value: 64},
		{Path: "request.temperature_milli", Value: 700},
		{Path: "request.deadline_ms", Value: 1500},
		{Path: "scorers[0].weight_bp", Value: 7000},
		{Path: "scorers[1].weight_bp", Value: 3000},
		{Path: "aggregation.ema_alpha_bp", Value: 2500},
		{Path: "aggregation.ema_half_life_blocks"},
		{Path: "aggregation.pass_at"},
		{Path: "aggregation.epsilon_bp"},
		{Path: "aggregation.margin_bp"},
		{Path: "weights.baseline_bp", Value: 1000},
		{Path: "weights.top_k", Value: 10},
		{Path: "weights.softmax.temperature_bp", Value: 500},
		{Path: "evidence_epochs"},
	}, spec.Numbers(parsed(t, sample)))
	require.Empty(t, spec.Numbers(nil))
	require.Equal(t, spec.Number{Path: "format"}, spec.Numbers(&spec.Spec{})[0], "a number that is 0 is listed as well")
}

func TestSettingEveryNumberToItsOwnValueLeavesEveryByteAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t)
		before, err := spec.Encode(s)
		require.NoError(t, err)
		seen := map[string]bool{}
		for _, number := range spec.Numbers(s) {
			require.False(t, seen[number.Path], "%s is listed twice", number.Path)
			seen[number.Path] = true
			value, err := spec.NumberAt(s, number.Path)
			require.NoError(t, err)
			require.Equal(t, number.Value, value)
			require.NoError(t, spec.SetNumber(s, number.Path, value))
		}
		after, err := spec.Encode(s)
		require.NoError(t, err)
		require.Equal(t, before, after)
	})
}

func TestSettingANumberChangesThatOneAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t)
		before, err := s.Marshal()
		require.NoError(t, err)
		want := spec.Numbers(s)
		at := rapid.IntRange(0, len(want)-1).Draw(t, "number")
		old := want[at].Value
		want[at].Value = uint64(rapid.Uint32().Draw(t, "value"))
		require.NoError(t, spec.SetNumber(s, want[at].Path, want[at].Value))
		require.Equal(t, want, spec.Numbers(s))

		require.NoError(t, spec.SetNumber(s, want[at].Path, old))
		after, err := s.Marshal()
		require.NoError(t, err)
		require.Equal(t, before, after, "what is no number has not changed either")
	})
}

func TestAPathThatNamesNoNumberIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"nothing":                               {"", spec.ErrPathUnknown},
		"a name that is no setting":             {"request.max_words", spec.ErrPathUnknown},
		"the name of a Go field":                {"Request.MaxTokens", spec.ErrPathUnknown},
		"the name of a choice":                  {"weights.map", spec.ErrPathUnknown},
		"a choice on the way":                   {"weights.map.softmax.temperature_bp", spec.ErrPathUnknown},
		"a dot before":                          {".request.max_tokens", spec.ErrPathUnknown},
		"a dot behind":                          {"request.max_tokens.", spec.ErrPathUnknown},
		"two dots":                              {"request..max_tokens", spec.ErrPathUnknown},
		"a space":                               {"request. max_tokens", spec.ErrPathUnknown},
		"something inside of a number":          {"request.max_tokens.low", spec.ErrPathUnknown},
		"something inside of a text":            {"name.length", spec.ErrPathUnknown},
		"an index of what is no list":           {"request[0].max_tokens", spec.ErrPathUnknown},
		"an index of a number":                  {"request.max_tokens[0]", spec.ErrPathUnknown},
		"an index of a text":                    {"name[0]", spec.ErrPathUnknown},
		"a list without an index":               {"scorers.weight_bp", spec.ErrPathUnknown},
		"an index beyond the list":              {"scorers[2].weight_bp", spec.ErrPathUnknown},
		"an index far beyond the list":          {"scorers[99999999999999999999].weight_bp", spec.ErrPathUnknown},
		"a negative index":                      {"scorers[-1].weight_bp", spec.ErrPathUnknown},
		"an index with a sign":                  {"scorers[+1].weight_bp", spec.ErrPathUnknown},
		"an index with a leading zero":          {"scorers[01].weight_bp", spec.ErrPathUnknown},
		"an index in hexadecimal":               {"scorers[0x1].weight_bp", spec.ErrPathUnknown},
		"an index that is empty":                {"scorers[].weight_bp", spec.ErrPathUnknown},
		"an index that is not closed":           {"scorers[1.weight_bp", spec.ErrPathUnknown},
		"an index closed twice":                 {"scorers[1]].weight_bp", spec.ErrPathUnknown},
		"two indices":                           {"scorers[1][0].weight_bp", spec.ErrPathUnknown},
		"more parts than there can be":          {strings.Repeat("request.", 100) + "max_tokens", spec.ErrPathUnknown},
		"an arm that is not set":                {"weights.power.exponent", spec.ErrPathUnset},
		"an arm that is not set, by itself":     {"weights.power", spec.ErrPathUnset},
		"an index of an arm that is not set":    {"weights.power[0].exponent", spec.ErrPathUnknown},
		"a text":                                {"name", spec.ErrNotNumber},
		"a choice from a list of names":         {"kind", spec.ErrNotNumber},
		"a choice from a list of names, deeper": {"scorers[0].extraction", spec.ErrNotNumber},
		"a group of settings":                   {"request", spec.ErrNotNumber},
		"an arm":                                {"weights.softmax", spec.ErrNotNumber},
		"a list":                                {"scorers", spec.ErrNotNumber},
		"an element of a list of groups":        {"scorers[0]", spec.ErrNotNumber},
		"an element of a list of texts":         {"source.builtin.families[0]", spec.ErrNotNumber},
	} {
		t.Run(name, func(t *testing.T) {
			s := parsed(t, sample)
			_, err := spec.NumberAt(s, c.path)
			require.ErrorIs(t, err, c.want)
			require.Less(t, len(err.Error()), 120)
			require.ErrorIs(t, spec.SetNumber(s, c.path, 1), c.want)
			require.Equal(t, parsed(t, sample), s)
		})
	}
	t.Run("any path of no spec at all", func(t *testing.T) {
		_, err := spec.NumberAt(nil, "format")
		require.ErrorIs(t, err, spec.ErrPathUnset)
		require.ErrorIs(t, spec.SetNumber(nil, "format", 1), spec.ErrPathUnset)
	})
	t.Run("an arm that holds nothing", func(t *testing.T) {
		for _, empty := range []*spec.Weights{{Map: &spec.Weights_Power{}}, {Map: (*spec.Weights_Power)(nil)}} {
			s := parsed(t, sample)
			s.Weights = *empty
			_, err := spec.NumberAt(s, "weights.power.exponent")
			require.ErrorIs(t, err, spec.ErrPathUnset)
			for _, number := range spec.Numbers(s) {
				require.NotContains(t, number.Path, "power")
			}
		}
	})
}

func TestANumberThatDoesNotFitItsTypeIsRefused(t *testing.T) {
	s := parsed(t, sample)
	require.NoError(t, spec.SetNumber(s, "request.max_tokens", math.MaxUint32))
	err := spec.SetNumber(s, "request.max_tokens", math.MaxUint32+1)
	require.ErrorIs(t, err, spec.ErrNumberTooLarge)
	require.ErrorContains(t, err, "request.max_tokens is 4294967296, at most 4294967295 fits")
	require.Equal(t, uint32(math.MaxUint32), s.Request.MaxTokens)
}

func TestWhetherAChangedSpecIsGoodIsForItsRulesToSay(t *testing.T) {
	s := parsed(t, sample)
	require.NoError(t, spec.SetNumber(s, "scorers[0].weight_bp", 6_000))
	require.ErrorIs(t, s.Validate(), spec.ErrInvalid)
	require.NoError(t, spec.SetNumber(s, "scorers[1].weight_bp", 4_000))
	require.NoError(t, s.Validate())
}

func FuzzNumberAt(f *testing.F) {
	canonical, err := hex.DecodeString(goldenBytes)
	require.NoError(f, err)
	text, err := os.ReadFile("../../benchmarks/basics.yaml")
	require.NoError(f, err)
	basics, err := spec.Parse(text)
	require.NoError(f, err)
	other, err := spec.Encode(basics)
	require.NoError(f, err)
	for _, seed := range [][]byte{canonical, other} {
		f.Add(seed, "scorers[1].weight_bp", uint64(3))
		f.Add(seed, "weights.power.exponent", uint64(9))
		f.Add(seed, "scorers[1", uint64(1<<40))
		f.Add(seed, "kind.", uint64(0))
	}
	for _, example := range examples() {
		encoded, err := spec.Encode(example)
		require.NoError(f, err)
		numbers := spec.Numbers(example)
		f.Add(encoded, numbers[len(encoded)%len(numbers)].Path, uint64(7))
	}
	f.Fuzz(func(t *testing.T, encoded []byte, path string, value uint64) {
		s := new(spec.Spec)
		if s.Unmarshal(encoded) != nil {
			return
		}
		before := spec.Numbers(s)
		_, reached := spec.NumberAt(s, path)
		listed := -1
		for i, number := range before {
			if number.Path == path {
				listed = i
			}
		}
		require.Equal(t, listed >= 0, reached == nil, "exactly the paths that are listed lead to a number")
		if err := spec.SetNumber(s, path, value); err == nil {
			before[listed].Value = value
		}
		require.Equal(t, before, spec.Numbers(s))
	})
}
