package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/x/subnet/types"
)

func TestDefaultParametersAreValid(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	require.NoError(t, types.DefaultSubnetParams().Validate())
}

func TestEveryParameterIsDescribed(t *testing.T) {
	checkSpecs(t, types.SubnetParamSpecs, types.DefaultSubnetParams())
	checkSpecs(t, types.ModuleParamSpecs, types.DefaultParams())
}

func TestOnlyParametersWithADefaultOfZeroMayBeZero(t *testing.T) {
	for _, spec := range types.SubnetParamSpecs {
		require.True(t, spec.Min > 0 || spec.Default == 0, "%s: a field left at 0 takes its default, so 0 could not be chosen", spec.Name)
		require.Positive(t, spec.MinInterval, "%s could be changed in every block", spec.Name)
	}
}

func checkSpecs[P any](t *testing.T, specs []types.ParamSpec[P], params P) {
	t.Helper()
	for _, spec := range specs {
		t.Run(spec.Name+" has a range, a default inside it, a unit, a meaning and somebody who may change it, and reaches its field", func(t *testing.T) {
			require.LessOrEqual(t, spec.Min, spec.Default)
			require.LessOrEqual(t, spec.Default, spec.Max)
			require.NotEmpty(t, spec.Unit)
			require.NotEmpty(t, spec.Meaning)
			require.Contains(t, []types.Who{types.Owner, types.Governance}, spec.Who)
			require.Equal(t, spec.Default, spec.Get(&params))
			for _, value := range []uint64{spec.Min, spec.Max} {
				changed := params
				spec.Set(&changed, value)
				require.Equal(t, value, spec.Get(&changed))
			}
		})
	}
}

func TestAParameterOutOfItsRangeIsRefusedByName(t *testing.T) {
	for _, spec := range types.SubnetParamSpecs {
		for _, value := range []uint64{spec.Min - 1, spec.Max + 1} {
			params := types.DefaultSubnetParams()
			spec.Set(&params, value)
			if got := spec.Get(&params); got != value {
				continue // a switch cannot hold a value outside its range
			}
			err := params.Validate()
			require.ErrorIs(t, err, types.ErrSubnetParamsInvalid)
			require.ErrorContains(t, err, spec.Name)
		}
	}
	for _, spec := range types.ModuleParamSpecs {
		for _, value := range []uint64{spec.Min - 1, spec.Max + 1} {
			params := types.DefaultParams()
			spec.Set(&params, value)
			err := params.Validate()
			require.ErrorIs(t, err, types.ErrParamsInvalid)
			require.ErrorContains(t, err, spec.Name)
		}
	}
}

func TestParametersAreCheckedAgainstEachOther(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*types.SubnetParams)
	}{
		{"a reveal window as long as the epoch", func(p *types.SubnetParams) { p.RevealWindow = p.Tempo }},
		{"a least price above the greatest", func(p *types.SubnetParams) { p.MinBurn = p.MaxBurn + 1 }},
		{"a least alpha above the greatest", func(p *types.SubnetParams) { p.AlphaLow = p.AlphaHigh + 1 }},
	} {
		t.Run(tc.name+" is refused", func(t *testing.T) {
			params := types.DefaultSubnetParams()
			tc.change(&params)
			require.ErrorIs(t, params.Validate(), types.ErrSubnetParamsInvalid)
			defaults := types.DefaultParams()
			defaults.DefaultSubnetParams = params
			require.ErrorIs(t, defaults.Validate(), types.ErrSubnetParamsInvalid)
		})
	}
}

func TestTheWorkOfASubnetIsBoundedForEachBlock(t *testing.T) {
	for _, tc := range []struct {
		name               string
		tempo              uint64
		miners, validators uint32
		want               error
	}{
		{"the default slots and permits fit the shortest epoch", 4, 256, 64, nil},
		{"the most slots fit 128 permits and the default epoch", 360, 4_096, 128, nil},
		{"the most of both fit an epoch of 256 blocks", 256, 4_096, 256, nil},
		{"but none that is shorter", 255, 4_096, 256, types.ErrSubnetWorkExceeded},
		{"and one permit more than the default does not fit the shortest epoch", 4, 256, 65, types.ErrSubnetWorkExceeded},
	} {
		t.Run(tc.name, func(t *testing.T) {
			params := types.DefaultSubnetParams()
			params.Tempo, params.RevealWindow, params.MaxMiners, params.MaxValidators = tc.tempo, tc.tempo/2, tc.miners, tc.validators
			require.ErrorIs(t, params.Validate(), tc.want)
		})
	}
}

func TestAFieldLeftAtZeroTakesItsDefault(t *testing.T) {
	defaults := types.DefaultSubnetParams()
	require.Equal(t, defaults, types.SubnetParams{}.WithDefaults(defaults))
	require.EqualValues(t, 7, types.SubnetParams{MaxMiners: 7}.WithDefaults(defaults).MaxMiners)
	t.Run("a reveal window that is left out is half of a tempo that is not", func(t *testing.T) {
		params := types.SubnetParams{Tempo: 11}.WithDefaults(defaults)
		require.EqualValues(t, 5, params.RevealWindow)
		require.NoError(t, params.Validate())
		require.EqualValues(t, 3, types.SubnetParams{Tempo: 11, RevealWindow: 3}.WithDefaults(defaults).RevealWindow)
	})
}
