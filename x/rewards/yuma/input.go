package yuma

import (
	"errors"
	"fmt"
	"slices"
)

const (
	// MaxMiners is the largest number of miners of one epoch. Up to it any two different
	// normalised weights differ by at least one unit of Fixed.
	MaxMiners = 32_768
	// MaxValidators is the largest number of validators of one epoch.
	MaxValidators = 4_096
)

// ErrInput is returned for an input whose parts do not fit together.
var ErrInput = errors.New("malformed yuma input")

// Weights is one validator's row: relative weights of some miners. Columns are miner indices,
// strictly ascending; Values has one weight for each. An empty row votes for nobody.
type Weights struct {
	Columns []uint32
	Values  []uint16
}

// Bonds is one validator's bonds: like Weights, with values in units of 1/BondOne, at most BondOne.
type Bonds struct {
	Columns []uint32
	Values  []uint64
}

// Input is one epoch of a subnet. Powers, Weights and Bonds have one entry per validator. Rows may
// share a list of columns; shared lists are the cheapest.
type Input struct {
	// Miners is the number of columns, at most MaxMiners.
	Miners int
	// Powers are the scoring powers, in any unit. A validator that does not count has 0.
	Powers []uint64
	// Weights are the rows. Columns of miners that are gone must have been left out.
	Weights []Weights
	// Bonds are those of the epoch before; nil for none at all.
	Bonds []Bonds
}

// bonds are the old bonds of one validator.
func (in *Input) bonds(validator int) Bonds {
	if in.Bonds == nil {
		return Bonds{}
	}
	return in.Bonds[validator]
}

// admit checks shapes, orders and ranges, and notes whose bonds lie in the same columns as their
// weights: nearly everybody's do, for whoever votes for a miner holds a bond of it.
func (w *Workspace) admit(in *Input) error {
	v := len(in.Powers)
	switch {
	case in.Miners < 0 || in.Miners > MaxMiners:
		return fmt.Errorf("%w: %d miners, at most %d", ErrInput, in.Miners, MaxMiners)
	case v > MaxValidators:
		return fmt.Errorf("%w: %d validators, at most %d", ErrInput, v, MaxValidators)
	case len(in.Weights) != v:
		return fmt.Errorf("%w: %d rows of weights for %d validators", ErrInput, len(in.Weights), v)
	case in.Bonds != nil && len(in.Bonds) != v:
		return fmt.Errorf("%w: %d rows of bonds for %d validators", ErrInput, len(in.Bonds), v)
	}
	w.aligned = resize(w.aligned, v)
	var checked []uint32 // the list that was found in order last
	for i, row := range in.Weights {
		if err := validateColumns(row.Columns, len(row.Values), in.Miners, checked); err != nil {
			return fmt.Errorf("weights of validator %d: %w", i, err)
		}
		checked = row.Columns
		bonds := in.bonds(i)
		w.aligned[i] = equalColumns(row.Columns, bonds.Columns)
		if w.aligned[i] {
			checked = bonds.Columns
		}
		if err := validateColumns(bonds.Columns, len(bonds.Values), in.Miners, checked); err != nil {
			return fmt.Errorf("bonds of validator %d: %w", i, err)
		}
		if most := largest(bonds.Values); most > BondOne {
			column := bonds.Columns[slices.Index(bonds.Values, most)]
			return fmt.Errorf("bonds of validator %d: %w: bond to column %d is above 1", i, ErrInput, column)
		}
	}
	return nil
}

// validateColumns checks one list, unless it is the one that was checked before.
func validateColumns(columns []uint32, values, miners int, checked []uint32) error {
	if len(columns) != values {
		return fmt.Errorf("%w: %d columns for %d values", ErrInput, len(columns), values)
	}
	if len(columns) == 0 || sameList(columns, checked) {
		return nil
	}
	last := columns[0]
	for _, j := range columns[1:] {
		if j <= last {
			return fmt.Errorf("%w: column %d comes after column %d", ErrInput, j, last)
		}
		last = j
	}
	if int64(last) >= int64(miners) {
		return fmt.Errorf("%w: column %d of %d", ErrInput, last, miners)
	}
	return nil
}

// sameList tells whether two lists are one in memory.
func sameList(a, b []uint32) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func equalColumns(a, b []uint32) bool {
	return sameList(a, b) || slices.Equal(a, b)
}

// largest is at least every value, and none of them is larger than BondOne if it is not.
func largest(values []uint64) uint64 {
	var all uint64
	for _, v := range values {
		all |= v
	}
	if all <= BondOne {
		return all
	}
	return slices.Max(values)
}
