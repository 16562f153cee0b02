package scenario

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/agora-network/agora/x/rewards/yuma"
)

// Schema names the format.
const Schema = "agora-yuma/1"

// ErrFile is returned for a file that is not a well-formed scenario.
var ErrFile = errors.New("malformed " + Schema + " file")

// Scenario is a network and what its validators do, epoch by epoch.
type Scenario struct {
	Name       string
	Validators int
	Miners     int
	Params     yuma.Params
	Epochs     []Epoch
	// Expected has one entry per epoch, or none at all.
	Expected []Columns
}

// Epoch is what changes in one epoch.
type Epoch struct {
	// Powers of all validators; nil keeps those of the epoch before.
	Powers []uint64
	// Rows has one entry per validator; a nil entry keeps the row of the epoch before.
	Rows []*yuma.Weights
}

// Columns are the figures of one epoch: consensus and incentive by miner, dividends and trust by
// validator.
type Columns struct {
	Consensus []yuma.Fixed
	Incentive []yuma.Fixed
	Dividends []yuma.Fixed
	Trust     []yuma.Fixed
}

// Read reads a scenario, gzipped or plain. Keys it does not know are left alone. Errors wrap ErrFile
// and say where.
func Read(r io.Reader) (*Scenario, error) {
	f, err := decodeFile(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	s, err := f.scenario()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return s, nil
}

func (f *fileJSON) scenario() (*Scenario, error) {
	if f.Schema != Schema {
		return nil, fmt.Errorf("schema is %q", f.Schema)
	}
	if f.Validators < 1 || f.Validators > yuma.MaxValidators {
		return nil, fmt.Errorf("validators is %d, want 1 to %d", f.Validators, yuma.MaxValidators)
	}
	if f.Miners < 1 || f.Miners > yuma.MaxMiners {
		return nil, fmt.Errorf("miners is %d, want 1 to %d", f.Miners, yuma.MaxMiners)
	}
	params, err := f.Params.params()
	if err != nil {
		return nil, fmt.Errorf("params: %w", err)
	}
	s := &Scenario{Name: f.Name, Validators: f.Validators, Miners: f.Miners, Params: params}
	for i, e := range f.Epochs {
		epoch, err := e.epoch(f.Validators, f.Miners)
		if err != nil {
			return nil, fmt.Errorf("epoch %d: %w", i, err)
		}
		s.Epochs = append(s.Epochs, epoch)
	}
	if len(s.Epochs) == 0 || s.Epochs[0].Powers == nil {
		return nil, errors.New("the first epoch must name the powers")
	}
	if len(f.Expected) != 0 && len(f.Expected) != len(f.Epochs) {
		return nil, fmt.Errorf("%d epochs are expected of %d", len(f.Expected), len(f.Epochs))
	}
	for i, e := range f.Expected {
		columns, err := e.columns(f.Validators, f.Miners)
		if err != nil {
			return nil, fmt.Errorf("expected epoch %d: %w", i, err)
		}
		s.Expected = append(s.Expected, columns)
	}
	return s, nil
}

func (p paramsJSON) params() (yuma.Params, error) {
	var out yuma.Params
	switch p.Variant {
	case yuma.Yuma2.String():
		out.Variant = yuma.Yuma2
	case yuma.Yuma3.String():
		out.Variant = yuma.Yuma3
	default:
		return out, fmt.Errorf("variant %q is neither yuma2 nor yuma3", p.Variant)
	}
	out.LiquidAlpha = p.LiquidAlpha
	for _, f := range []struct {
		name string
		text decimal
		to   *yuma.Fixed
		must bool
	}{
		{"kappa", p.Kappa, &out.Kappa, true},
		{"bonds_penalty", p.BondsPenalty, &out.BondsPenalty, true},
		{"bonds_moving_average", p.BondsMovingAverage, &out.BondsMovingAverage, true},
		{"alpha_low", p.AlphaLow, &out.AlphaLow, p.LiquidAlpha},
		{"alpha_high", p.AlphaHigh, &out.AlphaHigh, p.LiquidAlpha},
	} {
		if f.text == "" && !f.must {
			continue
		}
		v, err := f.text.units(uint64(yuma.One), 1)
		if err != nil {
			return out, fmt.Errorf("%s: %w", f.name, err)
		}
		*f.to = yuma.Fixed(v)
	}
	if p.AlphaSteepness != "" || p.LiquidAlpha {
		v, err := p.AlphaSteepness.units(yuma.SteepnessUnit, int64(yuma.MaxSteepness/yuma.SteepnessUnit))
		if err != nil {
			return out, fmt.Errorf("alpha_steepness: %w", err)
		}
		out.AlphaSteepness = v
	}
	return out, out.Validate()
}

func (e epochJSON) epoch(validators, miners int) (Epoch, error) {
	var out Epoch
	if e.Power != nil {
		if len(e.Power) != validators {
			return out, fmt.Errorf("%d powers for %d validators", len(e.Power), validators)
		}
		out.Powers = make([]uint64, validators)
		for i, text := range e.Power {
			p, err := strconv.ParseUint(string(text), 10, 64)
			if err != nil {
				return out, fmt.Errorf("power of validator %d: %w", i, err)
			}
			out.Powers[i] = p
		}
	}
	out.Rows = make([]*yuma.Weights, validators)
	named := 0
	for i := range out.Rows {
		dense, ok := e.Rows[strconv.Itoa(i)]
		if !ok {
			continue
		}
		named++
		if dense != nil && len(dense) != miners {
			return out, fmt.Errorf("row %d has %d weights for %d miners", i, len(dense), miners)
		}
		out.Rows[i] = sparse(dense)
	}
	if named != len(e.Rows) {
		return out, fmt.Errorf("a row names no validator from 0 to %d", validators-1)
	}
	return out, nil
}

// sparse is a row without its zeros.
func sparse(dense []uint16) *yuma.Weights {
	row := &yuma.Weights{}
	for j, w := range dense {
		if w > 0 {
			row.Columns = append(row.Columns, uint32(j))
			row.Values = append(row.Values, w)
		}
	}
	return row
}

func (c columnsJSON) columns(validators, miners int) (Columns, error) {
	var out Columns
	for _, f := range []struct {
		name string
		text decimals
		want int
		to   *[]yuma.Fixed
	}{
		{"consensus", c.Consensus, miners, &out.Consensus},
		{"incentive", c.Incentive, miners, &out.Incentive},
		{"dividends", c.Dividends, validators, &out.Dividends},
		{"trust", c.Trust, validators, &out.Trust},
	} {
		if len(f.text) != f.want {
			return out, fmt.Errorf("%s has %d entries, want %d", f.name, len(f.text), f.want)
		}
		for i, text := range f.text {
			v, err := text.units(uint64(yuma.One), expectedMost)
			if err != nil {
				return out, fmt.Errorf("%s %d: %w", f.name, i, err)
			}
			*f.to = append(*f.to, yuma.Fixed(v))
		}
	}
	return out, nil
}
