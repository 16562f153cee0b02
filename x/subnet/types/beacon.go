package types

import (
	"fmt"

	errorsmod "cosmossdk.io/errors"
)

// BeaconKeySize is the size of a validator's key for beacons, in bytes.
const BeaconKeySize = 96

// KeyAt is the key that counts at a height; nil when there is none.
func (k BeaconKey) KeyAt(height int64) []byte {
	if k.NextHeight != 0 && height >= k.NextHeight {
		return k.NextKey
	}
	return k.Key
}

// ValidateBasic checks the size of the key, which may be empty; whether it is a point of the curve is checked by the keeper, so that
// programs that only send messages do not link the curve.
func (m *MsgSetBeaconKey) ValidateBasic() error {
	if n := len(m.Key); n != 0 && n != BeaconKeySize {
		return errorsmod.Wrapf(ErrBeaconKeyInvalid, "it has %d bytes", n)
	}
	return nil
}

func (g GenesisState) validateBeaconKeys() error {
	seen := set[string]{}
	for _, k := range g.BeaconKeys {
		if !seen.add(k.Validator) {
			return fmt.Errorf("the beacon key of validator %s is there twice", k.Validator)
		}
		for _, key := range [][]byte{k.Key, k.NextKey} {
			if n := len(key); n != 0 && n != BeaconKeySize {
				return fmt.Errorf("the beacon key of validator %s has %d bytes, it is %d or empty", k.Validator, n, BeaconKeySize)
			}
		}
		if k.NextHeight < 0 || k.NextHeight == 0 && len(k.NextKey) > 0 {
			return fmt.Errorf("the next beacon key of validator %s counts from height %d", k.Validator, k.NextHeight)
		}
	}
	return nil
}
