package scenario_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/x/rewards/yuma"
	"github.com/agora-network/agora/x/rewards/yuma/scenario"
)

// network is a file of the schema, as somebody else would write it.
type network struct {
	Schema     string         `json:"schema"`
	Name       string         `json:"name"`
	Source     string         `json:"source"`
	Validators int            `json:"validators"`
	Miners     int            `json:"miners"`
	Params     map[string]any `json:"params"`
	Epochs     []networkEpoch `json:"epochs"`
}

type networkEpoch struct {
	Power []string            `json:"power,omitempty"`
	Rows  map[string][]uint16 `json:"rows,omitempty"`
}

// kinds are the ways in which the generated networks differ.
var kinds = []struct {
	name                       string
	validators, miners, epochs int
	density                    float64 // share of the weights that are not 0
	power                      func(*rand.Rand) uint64
}{
	{"dense", 24, 60, 12, 1, func(r *rand.Rand) uint64 { return 1 + r.Uint64N(1<<44) }},
	{"sparse", 20, 90, 12, 0.07, func(r *rand.Rand) uint64 { return 1 + r.Uint64N(1<<20) }},
	{"equal powers and ties", 8, 12, 16, 0.6, func(*rand.Rand) uint64 { return 1 }},
	{"powers of 0 and one giant", 9, 20, 16, 0.5, func(r *rand.Rand) uint64 { return []uint64{0, 0, 1, 7, 1 << 60}[r.IntN(5)] }},
	{"powers that overflow together", 11, 20, 12, 0.8, func(r *rand.Rand) uint64 { return math.MaxUint64 - r.Uint64N(1<<60) }},
	{"one validator", 1, 5, 6, 0.7, func(*rand.Rand) uint64 { return 3 }},
	{"one miner", 6, 1, 8, 0.7, func(r *rand.Rand) uint64 { return 1 + r.Uint64N(5) }},
}

var variants = []struct {
	name   string
	params map[string]any
}{
	{"yuma2", map[string]any{"variant": "yuma2", "bonds_moving_average": "0.9"}},
	{"yuma2 without penalty", map[string]any{"variant": "yuma2", "bonds_penalty": "0", "bonds_moving_average": "0.975000"}},
	{"yuma3", map[string]any{"variant": "yuma3"}},
	{"yuma3 with half the penalty", map[string]any{"variant": "yuma3", "bonds_penalty": "0.499992370489", "kappa": "0.6"}},
	{"yuma3 without penalty, nearly no old bonds", map[string]any{"variant": "yuma3", "bonds_penalty": "0.0", "bonds_moving_average": "1e-3"}},
	{"yuma3 with slow bonds", map[string]any{"variant": "yuma3", "bonds_moving_average": "0.999900"}},
	{"liquid", map[string]any{"variant": "yuma3", "liquid_alpha": true}},
	{"liquid and steep", map[string]any{"variant": "yuma3", "liquid_alpha": true, "alpha_low": "0.025", "alpha_high": "1", "alpha_steepness": "1000.00"}},
	{"liquid, from nothing to everything", map[string]any{"variant": "yuma3", "liquid_alpha": true, "alpha_low": "0", "alpha_high": "1"}},
	{"liquid and flat", map[string]any{"variant": "yuma3", "liquid_alpha": true, "alpha_steepness": "0", "bonds_penalty": "0.5"}},
	{"liquid in one point", map[string]any{"variant": "yuma3", "liquid_alpha": true, "alpha_low": "0.3", "alpha_high": "0.3"}},
}

func params(changes map[string]any) map[string]any {
	out := map[string]any{
		"kappa": "0.499992370489", "bonds_penalty": "1.000000000000", "bonds_moving_average": "0.900000", "liquid_alpha": false,
		"alpha_low": "0.700007629511", "alpha_high": "0.900007629511", "alpha_steepness": "10.00",
	}
	for name, value := range changes {
		out[name] = value
	}
	return out
}

// generate draws a network whose rows come, change, fall silent and stay away, and whose powers move.
func generate(rng *rand.Rand, validators, miners, epochs int, density float64, power func(*rand.Rand) uint64) []networkEpoch {
	quality := make([]float64, miners)
	for j := range quality {
		quality[j] = math.Exp(rng.NormFloat64())
	}
	out := make([]networkEpoch, epochs)
	for e := range out {
		if e == 0 || rng.IntN(4) == 0 {
			for range validators {
				out[e].Power = append(out[e].Power, strconv.FormatUint(power(rng), 10))
			}
		}
		for i := range validators {
			action := rng.IntN(10)
			if action >= 5 && e > 0 {
				continue // the key is missing: the row stays
			}
			if out[e].Rows == nil {
				out[e].Rows = map[string][]uint16{}
			}
			out[e].Rows[strconv.Itoa(i)] = nil // falls silent
			if action > 0 {
				row := make([]uint16, miners)
				for j := range row {
					if rng.Float64() < density {
						row[j] = uint16(min(65535, 1+500*quality[j]*math.Exp(0.3*rng.NormFloat64())))
					}
				}
				out[e].Rows[strconv.Itoa(i)] = row
			}
		}
	}
	return out
}

func number(t testing.TB, p map[string]any, name string) float64 {
	x, err := strconv.ParseFloat(p[name].(string), 64)
	require.NoError(t, err)
	return x
}

func newReference(t testing.TB, n network) *reference {
	kappa, ok := new(big.Rat).SetString(n.Params["kappa"].(string))
	require.True(t, ok)
	return &reference{
		variant: n.Params["variant"].(string), kappa: kappa,
		penalty: number(t, n.Params, "bonds_penalty"), average: number(t, n.Params, "bonds_moving_average"),
		liquid: n.Params["liquid_alpha"].(bool), low: number(t, n.Params, "alpha_low"), high: number(t, n.Params, "alpha_high"),
		steepness: number(t, n.Params, "alpha_steepness"),
		bonds:     matrix(n.Validators, n.Miners), weights: matrix(n.Validators, n.Miners),
	}
}

// requireAgreement runs a network through its file and compares every figure with the reference.
func requireAgreement(t testing.TB, n network) {
	data, err := json.Marshal(n)
	require.NoError(t, err)
	s, err := scenario.Read(bytes.NewReader(data))
	require.NoError(t, err)
	out, err := s.Run(noClock)
	require.NoError(t, err)
	r := newReference(t, n)
	for e, epoch := range n.Epochs {
		if epoch.Power != nil {
			r.powers = nil
			for _, text := range epoch.Power {
				p, err := strconv.ParseUint(text, 10, 64)
				require.NoError(t, err)
				r.powers = append(r.powers, p)
			}
		}
		for i := range n.Validators {
			if row, ok := epoch.Rows[strconv.Itoa(i)]; ok {
				r.setRow(i, row)
			}
		}
		r.epoch()
		got := out.Epochs[e]
		requireColumn(t, "consensus", e, r.consensus, got.Consensus, 1e-9)
		requireColumn(t, "incentive", e, r.incentive, got.Incentive, 1e-9)
		requireColumn(t, "trust", e, r.trust, got.Trust, 1e-9)
		requireColumn(t, "dividends", e, r.dividends, got.Dividends, 1e-8)
	}
}

func requireColumn(t testing.TB, name string, epoch int, want []float64, got []yuma.Fixed, tolerance float64) {
	require.Len(t, got, len(want))
	for k := range want {
		if d := math.Abs(want[k] - float64(got[k])/float64(yuma.One)); d > tolerance {
			require.Failf(t, "too far", "%s %d of epoch %d differs by %g: want %g, got %s", name, k, epoch, d, want[k], got[k])
		}
	}
}

func TestGeneratedNetworksAgreeWithTheFormulasInFloatingPoint(t *testing.T) {
	for _, kind := range kinds {
		for _, variant := range variants {
			t.Run(kind.name+", "+variant.name, func(t *testing.T) {
				for seed := range uint64(3) {
					rng := rand.New(rand.NewPCG(seed, 17))
					requireAgreement(t, network{
						Schema: scenario.Schema, Name: fmt.Sprintf("seed %d", seed), Source: "a key the reader does not know",
						Validators: kind.validators, Miners: kind.miners, Params: params(variant.params),
						Epochs: generate(rng, kind.validators, kind.miners, kind.epochs, kind.density, kind.power),
					})
				}
			})
		}
	}
}

func TestALargeNetworkAgreesWithTheFormulasInFloatingPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("24 epochs of 128 x 896 in floating point take seconds")
	}
	for _, variant := range []int{0, 2, 5, 6} {
		t.Run(variants[variant].name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(5, uint64(variant)))
			requireAgreement(t, network{
				Schema: scenario.Schema, Name: "large", Validators: 128, Miners: 896, Params: params(variants[variant].params),
				Epochs: generate(rng, 128, 896, 24, 0.8, func(r *rand.Rand) uint64 { return 1 + r.Uint64N(1<<50) }),
			})
		})
	}
}

func TestAFileThatUnpacksWithoutEndIsRefused(t *testing.T) {
	var file bytes.Buffer
	gz := gzip.NewWriter(&file)
	_, err := gz.Write([]byte(`{"schema":"agora-yuma/1","name":"`))
	require.NoError(t, err)
	blank := bytes.Repeat([]byte{' '}, 1<<20)
	for range 129 {
		_, err = gz.Write(blank)
		require.NoError(t, err)
	}
	require.NoError(t, gz.Close())
	_, err = scenario.Read(&file)
	require.ErrorIs(t, err, scenario.ErrFile)
	require.ErrorContains(t, err, "more than 128 MiB")
}
