package packed

import (
	"encoding/binary"
	"fmt"
)

// Column is one number per miner, stored as one packed value: 16 bytes per entry, the identity and
// the amount, both big-endian, identities strictly ascending.
type Column struct {
	MinerIDs []uint64
	Amounts  []uint64
}

// columnEntry is the size of one entry, in bytes.
const columnEntry = 16

// Encode packs the column. It fails when the lengths differ or identities do not ascend.
func (c Column) Encode() ([]byte, error) {
	if len(c.MinerIDs) != len(c.Amounts) {
		return nil, fmt.Errorf("column has %d identities and %d amounts", len(c.MinerIDs), len(c.Amounts))
	}
	out := make([]byte, 0, columnEntry*len(c.MinerIDs))
	for i, id := range c.MinerIDs {
		if i > 0 && id <= c.MinerIDs[i-1] {
			return nil, fmt.Errorf("column identities do not ascend: %d follows %d", id, c.MinerIDs[i-1])
		}
		out = binary.BigEndian.AppendUint64(out, id)
		out = binary.BigEndian.AppendUint64(out, c.Amounts[i])
	}
	return out, nil
}

// Decode unpacks what Encode packed and refuses everything else.
func Decode(raw []byte) (Column, error) {
	if len(raw)%columnEntry != 0 {
		return Column{}, fmt.Errorf("column of %d bytes is not a whole number of entries", len(raw))
	}
	n := len(raw) / columnEntry
	c := Column{MinerIDs: make([]uint64, n), Amounts: make([]uint64, n)}
	for i := range n {
		entry := raw[i*columnEntry:]
		c.MinerIDs[i] = binary.BigEndian.Uint64(entry)
		c.Amounts[i] = binary.BigEndian.Uint64(entry[8:])
		if i > 0 && c.MinerIDs[i] <= c.MinerIDs[i-1] {
			return Column{}, fmt.Errorf("column identities do not ascend: %d follows %d", c.MinerIDs[i], c.MinerIDs[i-1])
		}
	}
	return c, nil
}

// Amount returns the amount of an identity, 0 when the column does not hold it.
func (c Column) Amount(minerID uint64) uint64 {
	low, high := 0, len(c.MinerIDs)
	for low < high {
		middle := (low + high) / 2
		if c.MinerIDs[middle] < minerID {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(c.MinerIDs) && c.MinerIDs[low] == minerID {
		return c.Amounts[low]
	}
	return 0
}
