package types

import (
	"errors"
	"fmt"
	"math"
)

// HasSlot tells whether a miner holds its slot. One that gave it up, or lost it, has no hotkey: what is left of it are its
// identity, its owner and what is not paid out yet of its bond.
func (m Miner) HasSlot() bool { return m.Hotkey != "" }

// validateBond checks the bond of a genesis state.
func (m Miner) validateBond() error {
	switch {
	case m.Releasing > math.MaxUint64-m.Bond:
		return errors.New("its bond does not fit 64 bits")
	case m.ReleaseHeight < 0 || (m.Releasing == 0) != (m.ReleaseHeight == 0):
		return fmt.Errorf("%d%s of its bond are free at height %d", m.Releasing, Denom, m.ReleaseHeight)
	case !m.HasSlot() && (m.Bond != 0 || m.Releasing == 0):
		return errors.New("it has no hotkey: without a slot it has nothing but a bond that was called back")
	case !m.HasSlot():
		// Whatever else is set makes its encoding longer.
		bare := Miner{Netuid: m.Netuid, MinerId: m.MinerId, Owner: m.Owner, Releasing: m.Releasing, ReleaseHeight: m.ReleaseHeight}
		if m.Size() != bare.Size() {
			return errors.New("it has no hotkey: without a slot it serves nothing")
		}
	}
	return nil
}
