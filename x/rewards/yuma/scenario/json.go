package scenario

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/agora-network/agora/x/rewards/yuma"
)

const (
	// maxFileBytes bounds a file after decompression: 4,096 miners, 128 validators and forty epochs
	// in which every row changes fit.
	maxFileBytes = 128 << 20
	// maxEpochs bounds what a few bytes of "{}" can make of themselves in memory.
	maxEpochs = 4_096
	// expectedMost is where expected figures end: they come from floating point and may lie a little
	// above 1.
	expectedMost = 2
)

type fileJSON struct {
	Schema     string              `json:"schema"`
	Name       string              `json:"name"`
	Validators int                 `json:"validators"`
	Miners     int                 `json:"miners"`
	Params     paramsJSON          `json:"params"`
	Epochs     series[epochJSON]   `json:"epochs"`
	Expected   series[columnsJSON] `json:"expected"`
}

type paramsJSON struct {
	Variant            string  `json:"variant"`
	Kappa              decimal `json:"kappa"`
	BondsPenalty       decimal `json:"bonds_penalty"`
	BondsMovingAverage decimal `json:"bonds_moving_average"`
	LiquidAlpha        bool    `json:"liquid_alpha"`
	AlphaLow           decimal `json:"alpha_low"`
	AlphaHigh          decimal `json:"alpha_high"`
	AlphaSteepness     decimal `json:"alpha_steepness"`
}

type epochJSON struct {
	Power decimals        `json:"power"`
	Rows  map[string]ints `json:"rows"`
}

type columnsJSON struct {
	Consensus decimals `json:"consensus"`
	Incentive decimals `json:"incentive"`
	Dividends decimals `json:"dividends"`
	Trust     decimals `json:"trust"`
}

// decodeFile reads one JSON document and nothing behind it.
func decodeFile(r io.Reader) (*fileJSON, error) {
	buffered := bufio.NewReader(r)
	var plain io.Reader = buffered
	if magic, err := buffered.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		gz, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		plain = gz
	}
	bounded := &io.LimitedReader{R: plain, N: maxFileBytes}
	decoder := json.NewDecoder(bounded)
	var f fileJSON
	err := decoder.Decode(&f)
	if bounded.N == 0 {
		return nil, fmt.Errorf("more than %d MiB", maxFileBytes>>20)
	}
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something follows the document, at byte %d", decoder.InputOffset())
	}
	return &f, nil
}

// series is a list of epochs. Errors say which.
type series[T any] []T

// UnmarshalJSON reads epoch by epoch.
func (s *series[T]) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if first, err := decoder.Token(); err != nil || first != json.Delim('[') {
		return errors.New("epochs are not a list")
	}
	for decoder.More() {
		if len(*s) == maxEpochs {
			return fmt.Errorf("more than %d epochs", maxEpochs)
		}
		var one T
		if err := decoder.Decode(&one); err != nil {
			return fmt.Errorf("epoch %d: %w", len(*s), err)
		}
		*s = append(*s, one)
	}
	return nil
}

type (
	decimals []decimal
	ints     []uint16
)

// UnmarshalJSON reads numbers, as text or not.
func (d *decimals) UnmarshalJSON(data []byte) error {
	list, err := boundedList[decimal](data)
	*d = list
	return err
}

// UnmarshalJSON reads weights, 0 to 65,535; null gives nil.
func (w *ints) UnmarshalJSON(data []byte) error {
	list, err := boundedList[uint16](data)
	*w = list
	return err
}

// boundedList reads a list that is no longer than any list of a network can be.
func boundedList[T any](data []byte) (list []T, err error) {
	if n := bytes.Count(data, []byte{','}) + 1; n > yuma.MaxMiners {
		return nil, fmt.Errorf("a list of %d entries, at most %d", n, yuma.MaxMiners)
	}
	err = json.Unmarshal(data, &list)
	return list, err
}

// decimal is a number that travels as JSON text or as a JSON number.
type decimal string

// UnmarshalJSON takes the digits, whichever way they came.
func (d *decimal) UnmarshalJSON(data []byte) error {
	*d = decimal(bytes.Trim(data, `"`))
	return nil
}

// units is the value in units of 1/unit, rounded to the nearest. It must lie in 0..most. An exponent
// is understood, of at most three digits.
func (d decimal) units(unit uint64, most int64) (uint64, error) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(string(d)), "e")
	if len(mantissa) > 40 || len(exponent) > 4 || strings.ContainsAny(mantissa, "/xpob_") {
		return 0, fmt.Errorf("%.60q is not a decimal number", string(d))
	}
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return 0, fmt.Errorf("%q is not a decimal number", string(d))
	}
	if r.Sign() < 0 || r.Cmp(big.NewRat(most, 1)) > 0 {
		return 0, fmt.Errorf("%q does not lie between 0 and %d", string(d), most)
	}
	r.Mul(r, new(big.Rat).SetUint64(unit))
	double := new(big.Int).Lsh(r.Num(), 1)
	double.Add(double, r.Denom())
	return double.Quo(double, new(big.Int).Lsh(r.Denom(), 1)).Uint64(), nil
}
