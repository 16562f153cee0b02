package types_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/paramspec"
	"github.com/agora-network/agora/x/rewards/types"
)

func TestEveryParameterIsDescribed(t *testing.T) {
	defaults := types.DefaultParams()
	names := make(map[string]bool)
	for _, spec := range types.ParamSpecs {
		t.Run(spec.Name+" has a range, a default inside it, a unit, a meaning and an effect, and reaches its field alone", func(t *testing.T) {
			require.False(t, names[spec.Name], "described twice")
			names[spec.Name] = true
			require.LessOrEqual(t, spec.Min, spec.Default)
			require.LessOrEqual(t, spec.Default, spec.Max)
			require.NotEmpty(t, spec.Unit)
			require.NotEmpty(t, spec.Meaning)
			require.NotEmpty(t, spec.SideEffects)
			require.Equal(t, paramspec.Governance, spec.Who, "nobody else sets these")
			require.Equal(t, spec.Default, spec.Get(&defaults))
			for _, value := range []uint64{spec.Min, spec.Max} {
				changed := defaults
				spec.Set(&changed, value)
				require.Equal(t, value, spec.Get(&changed))
				for _, other := range types.ParamSpecs {
					if other.Name != spec.Name {
						require.Equal(t, other.Get(&defaults), other.Get(&changed), other.Name)
					}
				}
			}
		})
	}
	fields := reflect.TypeOf(defaults)
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		require.True(t, names[name], "%s is not in the table", name)
	}
	require.Len(t, types.ParamSpecs, fields.NumField())
}

func TestAParameterOutOfItsRangeIsRefusedByName(t *testing.T) {
	for _, spec := range types.ParamSpecs {
		for _, value := range []uint64{spec.Min - 1, spec.Max + 1} {
			p := types.DefaultParams()
			spec.Set(&p, value)
			err := p.Validate()
			require.ErrorIs(t, err, types.ErrParamsInvalid)
			require.ErrorContains(t, err, spec.Name)
		}
	}
}

func TestParametersOutOfRangeAreRefused(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	for name, spoil := range map[string]func(*types.Params){
		"no cap":                               func(p *types.Params) { p.SupplyCap = 0 },
		"a cap that overflows signed integers": func(p *types.Params) { p.SupplyCap = math.MaxInt64 + 1 },
		"an emission above the cap":            func(p *types.Params) { p.InitialBlockEmission = p.SupplyCap + 1 },
		"a consensus share above all":          func(p *types.Params) { p.ConsensusShareBp = 10_001 },
		"a split that leaves something":        func(p *types.Params) { p.OwnerBp-- },
		"a split that overflows":               func(p *types.Params) { p.OwnerBp, p.MinerBp = math.MaxUint32, math.MaxUint32 },
		"no epochs per block":                  func(p *types.Params) { p.MaxEpochsPerBlock = 0 },
		"too many epochs per block":            func(p *types.Params) { p.MaxEpochsPerBlock = 257 },
		"no rule for leftovers":                func(p *types.Params) { p.Leftover = types.LEFTOVER_UNSPECIFIED },
		"an unknown rule for leftovers":        func(p *types.Params) { p.Leftover = 3 },
		"no vote targets":                      func(p *types.Params) { p.MaxVoteTargets = 0 },
		"too many vote targets":                func(p *types.Params) { p.MaxVoteTargets = 1_025 },
		"no tally":                             func(p *types.Params) { p.TallyInterval = 0 },
		"a tally once in a lifetime":           func(p *types.Params) { p.TallyInterval = math.MaxUint64 },
		"votes that act in no lifetime":        func(p *types.Params) { p.TallyHalfLife = 10_000_001 },
		"a round once in a lifetime":           func(p *types.Params) { p.AutoClaimInterval = 10_000_001 },
		"a least claim above the cap":          func(p *types.Params) { p.AutoClaimMin = math.MaxInt64 + 1 },
		"rounds that pay nobody":               func(p *types.Params) { p.MaxAutoClaimsPerBlock = 0 },
		"rounds that pay everybody at once":    func(p *types.Params) { p.MaxAutoClaimsPerBlock = 1_025 },
	} {
		t.Run(name, func(t *testing.T) {
			p := types.DefaultParams()
			spoil(&p)
			require.ErrorIs(t, p.Validate(), types.ErrParamsInvalid)
		})
	}
}

func TestVotesMayActAtOnceAndClaimsMayBeLeftToOwners(t *testing.T) {
	p := types.DefaultParams()
	p.TallyHalfLife, p.AutoClaimInterval, p.AutoClaimMin = 0, 0, 0
	require.NoError(t, p.Validate())
	p.TallyHalfLife, p.AutoClaimInterval, p.AutoClaimMin = 10_000_000, 10_000_000, math.MaxInt64
	require.NoError(t, p.Validate())
}
