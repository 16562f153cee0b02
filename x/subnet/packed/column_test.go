package packed_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/x/subnet/packed"
)

func TestAColumnIsReadBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Uint64(), 0, 50, rapid.ID[uint64]).Draw(t, "ids")
		slices.Sort(ids)
		column := packed.Column{MinerIDs: ids, Amounts: make([]uint64, len(ids))}
		for i := range ids {
			column.Amounts[i] = rapid.Uint64Min(1).Draw(t, "amount")
		}
		raw, err := column.Encode()
		require.NoError(t, err)
		read, err := packed.Decode(raw)
		require.NoError(t, err)
		for i, id := range ids {
			require.Equal(t, column.Amounts[i], read.Amount(id))
		}
		if absent := rapid.Uint64().Draw(t, "absent"); !slices.Contains(ids, absent) {
			require.Zero(t, read.Amount(absent))
		}
	})
}

func TestAColumnThatIsNotOneIsRefused(t *testing.T) {
	_, err := packed.Column{MinerIDs: []uint64{1}, Amounts: nil}.Encode()
	require.ErrorContains(t, err, "1 identities and 0 amounts")
	_, err = packed.Column{MinerIDs: []uint64{2, 2}, Amounts: []uint64{1, 1}}.Encode()
	require.ErrorContains(t, err, "do not ascend")
	_, err = packed.Decode(make([]byte, 17))
	require.ErrorContains(t, err, "not a whole number")
	_, err = packed.Decode(make([]byte, 32))
	require.ErrorContains(t, err, "do not ascend")
}

func FuzzDecode(f *testing.F) {
	f.Add(make([]byte, 16))
	f.Fuzz(func(t *testing.T, raw []byte) {
		column, err := packed.Decode(raw)
		if err != nil {
			return
		}
		again, err := column.Encode()
		require.NoError(t, err)
		require.Equal(t, raw, again)
	})
}
