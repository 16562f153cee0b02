package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/agora-network/agora/x/rewards/yuma"
)

// ErrNoExpectation is returned when a scenario without expected figures is compared.
var ErrNoExpectation = errors.New("the file has no expected figures")

// Outcome is what the arithmetic made of a scenario.
type Outcome struct {
	Epochs []Columns
	// ElapsedNs is how long each epoch took, by the caller's clock.
	ElapsedNs []int64
}

// Run computes all epochs. nanoseconds reads a monotonic clock; only the elapsed times depend on it.
func (s *Scenario) Run(nanoseconds func() int64) (*Outcome, error) {
	var workspace yuma.Workspace
	in := yuma.Input{Miners: s.Miners, Weights: make([]yuma.Weights, s.Validators)}
	out := &Outcome{}
	for i, epoch := range s.Epochs {
		if epoch.Powers != nil {
			in.Powers = epoch.Powers
		}
		for v, row := range epoch.Rows {
			if row != nil {
				in.Weights[v] = *row
			}
		}
		before := nanoseconds()
		res, err := workspace.Run(s.Params, in)
		if err != nil {
			return nil, fmt.Errorf("epoch %d: %w", i, err)
		}
		out.ElapsedNs = append(out.ElapsedNs, nanoseconds()-before)
		out.Epochs = append(out.Epochs, Columns{
			Consensus: res.Consensus, Incentive: res.Incentive, Dividends: res.Dividends, Trust: res.Trust,
		})
		in.Bonds = res.Bonds
	}
	return out, nil
}

// Write writes the outcome as JSON in the schema agora-yuma/1.
func (o *Outcome) Write(w io.Writer) error {
	file := struct {
		Schema    string        `json:"schema"`
		Epochs    []columnsJSON `json:"epochs"`
		ElapsedNs []int64       `json:"elapsed_ns"`
	}{Schema: Schema, Epochs: make([]columnsJSON, 0, len(o.Epochs)), ElapsedNs: o.ElapsedNs}
	for _, c := range o.Epochs {
		file.Epochs = append(file.Epochs, columnsJSON{
			Consensus: texts(c.Consensus), Incentive: texts(c.Incentive),
			Dividends: texts(c.Dividends), Trust: texts(c.Trust),
		})
	}
	return json.NewEncoder(w).Encode(file)
}

func texts(values []yuma.Fixed) []decimal {
	out := make([]decimal, len(values))
	for i, v := range values {
		out[i] = decimal(v.String())
	}
	return out
}

// Difference is how far one field of an outcome strays from what is expected.
type Difference struct {
	Field string
	// Largest absolute difference in any entry of any epoch, and where it was found.
	Largest yuma.Fixed
	Epoch   int
	Index   int
	// Tolerance is what the field must meet.
	Tolerance yuma.Fixed
}

// Within tells whether the field meets its tolerance.
func (d Difference) Within() bool { return d.Largest <= d.Tolerance }

// Compare measures an outcome of this scenario against its expected figures, field by field. The
// tolerances are 1e-9, for dividends 1e-8. It returns ErrNoExpectation where nothing is expected.
func (s *Scenario) Compare(o *Outcome) ([]Difference, error) {
	if len(s.Expected) == 0 {
		return nil, ErrNoExpectation
	}
	if len(s.Expected) != len(o.Epochs) {
		return nil, fmt.Errorf("%d epochs were run, %d are expected", len(o.Epochs), len(s.Expected))
	}
	fine, coarse := yuma.Ratio(1, 1_000_000_000), yuma.Ratio(1, 100_000_000)
	fields := []struct {
		name      string
		of        func(Columns) []yuma.Fixed
		tolerance yuma.Fixed
	}{
		{"consensus", func(c Columns) []yuma.Fixed { return c.Consensus }, fine},
		{"incentive", func(c Columns) []yuma.Fixed { return c.Incentive }, fine},
		{"dividends", func(c Columns) []yuma.Fixed { return c.Dividends }, coarse},
		{"trust", func(c Columns) []yuma.Fixed { return c.Trust }, fine},
	}
	out := make([]Difference, 0, len(fields))
	for _, f := range fields {
		d := Difference{Field: f.name, Tolerance: f.tolerance}
		for epoch, expected := range s.Expected {
			got := f.of(o.Epochs[epoch])
			for i, want := range f.of(expected) {
				if diff := max(got[i], want) - min(got[i], want); diff > d.Largest {
					d.Largest, d.Epoch, d.Index = diff, epoch, i
				}
			}
		}
		out = append(out, d)
	}
	return out, nil
}
