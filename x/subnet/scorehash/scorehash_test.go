package scorehash_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/x/subnet/scorehash"
)

// example is the row of the golden vectors.
func example() scorehash.Row {
	return scorehash.Row{
		ChainID:          "agora-1",
		Netuid:           1,
		Benchmark:        3,
		BenchmarkVersion: 2,
		Epoch:            41,
		Hotkey:           bytes.Repeat([]byte{0xaa}, 20),
		MinerIDs:         []uint64{1, 7, 300},
		Weights:          []uint32{65535, 1, 256},
		EvidenceRoot:     bytes.Repeat([]byte{0x0e}, 32),
		Items:            64,
		Salt:             []byte("0123456789abcdef"),
	}
}

// The vectors are part of the protocol: other implementations are checked against them.
func TestHashGivesTheGoldenVectors(t *testing.T) {
	empty := example()
	empty.MinerIDs, empty.Weights, empty.Items = nil, nil, 0
	long := example()
	long.Salt = bytes.Repeat([]byte{0xff}, 64)
	for _, tc := range []struct {
		name, hash string
		row        scorehash.Row
	}{
		{"a row of three miners", goldenThree, example()},
		{"an empty row", goldenEmpty, empty},
		{"a row with the longest salt", goldenLong, long},
	} {
		t.Run(tc.name, func(t *testing.T) {
			hash, err := scorehash.Hash(tc.row)
			require.NoError(t, err)
			require.Equal(t, tc.hash, hex.EncodeToString(hash[:]))
		})
	}
}

func TestEncodingIsWhatTheDocumentationSays(t *testing.T) {
	encoded, err := scorehash.Encode(example())
	require.NoError(t, err)
	require.Equal(t, ""+
		"00000014"+hex.EncodeToString([]byte("agora/score-commit/2"))+
		"00000007"+hex.EncodeToString([]byte("agora-1"))+
		"00000001"+"00000003"+"00000002"+"0000000000000029"+
		"00000014"+"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"+
		"00000003"+"0000000000000001ffff"+"00000000000000070001"+"000000000000012c0100"+
		"00000020"+"0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e"+
		"0000000000000040"+
		"00000010"+hex.EncodeToString([]byte("0123456789abcdef")),
		hex.EncodeToString(encoded))
}

func TestHashRefusesRowsThatCouldNotBeRevealed(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*scorehash.Row)
		want   error
	}{
		{"more ids than weights", func(r *scorehash.Row) { r.Weights = r.Weights[:2] }, scorehash.ErrEntries},
		{"more weights than ids", func(r *scorehash.Row) { r.MinerIDs = r.MinerIDs[:2] }, scorehash.ErrEntries},
		{"ids that descend", func(r *scorehash.Row) { r.MinerIDs = []uint64{7, 1, 300} }, scorehash.ErrOrder},
		{"an id that is there twice", func(r *scorehash.Row) { r.MinerIDs = []uint64{1, 1, 300} }, scorehash.ErrOrder},
		{"a weight of 0", func(r *scorehash.Row) { r.Weights[1] = 0 }, scorehash.ErrWeight},
		{"a weight above 65,535", func(r *scorehash.Row) { r.Weights[1] = 65536 }, scorehash.ErrWeight},
		{"a root of 31 bytes", func(r *scorehash.Row) { r.EvidenceRoot = r.EvidenceRoot[:31] }, scorehash.ErrRoot},
		{"no root", func(r *scorehash.Row) { r.EvidenceRoot = nil }, scorehash.ErrRoot},
		{"a salt of 15 bytes", func(r *scorehash.Row) { r.Salt = r.Salt[:15] }, scorehash.ErrSalt},
		{"a salt of 65 bytes", func(r *scorehash.Row) { r.Salt = make([]byte, 65) }, scorehash.ErrSalt},
	} {
		t.Run(tc.name, func(t *testing.T) {
			row := example()
			tc.change(&row)
			_, err := scorehash.Hash(row)
			require.ErrorIs(t, err, tc.want)
		})
	}
}

// rows draws rows that can be hashed.
func rows() *rapid.Generator[scorehash.Row] {
	return rapid.Custom(func(t *rapid.T) scorehash.Row {
		ids := rapid.SliceOfNDistinct(rapid.Uint64(), 0, 40, rapid.ID[uint64]).Draw(t, "ids")
		slices.Sort(ids)
		weights := make([]uint32, len(ids))
		for i := range weights {
			weights[i] = rapid.Uint32Range(1, scorehash.MaxWeight).Draw(t, "weight")
		}
		return scorehash.Row{
			ChainID:          rapid.String().Draw(t, "chain id"),
			Netuid:           rapid.Uint32().Draw(t, "netuid"),
			Benchmark:        rapid.Uint32().Draw(t, "benchmark"),
			BenchmarkVersion: rapid.Uint32().Draw(t, "version"),
			Epoch:            rapid.Uint64().Draw(t, "epoch"),
			Hotkey:           rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "hotkey"),
			MinerIDs:         ids,
			Weights:          weights,
			EvidenceRoot:     rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "root"),
			Items:            rapid.Uint64().Draw(t, "items"),
			Salt:             rapid.SliceOfN(rapid.Byte(), 16, 64).Draw(t, "salt"),
		}
	})
}

// What can be read back in one way only cannot be the encoding of two rows.
func TestEveryEncodingCanBeReadBackInOneWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := rows().Draw(t, "row")
		encoded, err := scorehash.Encode(row)
		require.NoError(t, err)
		read, err := decode(encoded)
		require.NoError(t, err)
		again, err := scorehash.Encode(read)
		require.NoError(t, err)
		require.Equal(t, encoded, again)
		require.Equal(t, fmt.Sprint(row), fmt.Sprint(read))
	})
}

func TestEveryFieldChangesTheHash(t *testing.T) {
	base, err := scorehash.Hash(example())
	require.NoError(t, err)
	for _, tc := range []struct {
		name   string
		change func(*scorehash.Row)
	}{
		{"another chain", func(r *scorehash.Row) { r.ChainID = "agora-2" }},
		{"another subnet", func(r *scorehash.Row) { r.Netuid++ }},
		{"another benchmark", func(r *scorehash.Row) { r.Benchmark++ }},
		{"another benchmark version", func(r *scorehash.Row) { r.BenchmarkVersion++ }},
		{"another epoch", func(r *scorehash.Row) { r.Epoch++ }},
		{"another hotkey, as a copier has", func(r *scorehash.Row) { r.Hotkey[19]++ }},
		{"another miner", func(r *scorehash.Row) { r.MinerIDs[2]++ }},
		{"another weight", func(r *scorehash.Row) { r.Weights[1]++ }},
		{"one miner less", func(r *scorehash.Row) { r.MinerIDs, r.Weights = r.MinerIDs[:2], r.Weights[:2] }},
		{"another evidence root", func(r *scorehash.Row) { r.EvidenceRoot[0]++ }},
		{"another number of items", func(r *scorehash.Row) { r.Items++ }},
		{"another salt", func(r *scorehash.Row) { r.Salt[0]++ }},
		{"a longer salt", func(r *scorehash.Row) { r.Salt = append(r.Salt, 0) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			row := example()
			tc.change(&row)
			hash, err := scorehash.Hash(row)
			require.NoError(t, err)
			require.NotEqual(t, base, hash)
		})
	}
}

func TestHashingAFullRowAllocatesItsEncodingAndNothingElse(t *testing.T) {
	row := example()
	row.MinerIDs, row.Weights = make([]uint64, 4096), make([]uint32, 4096)
	for i := range row.MinerIDs {
		row.MinerIDs[i], row.Weights[i] = uint64(i+1), 1
	}
	require.LessOrEqual(t, testing.AllocsPerRun(10, func() {
		if _, err := scorehash.Hash(row); err != nil {
			t.Error(err)
		}
	}), float64(2))
}

// decode reads an encoding by the description in the documentation alone.
func decode(b []byte) (row scorehash.Row, err error) {
	short := errors.New("short")
	take := func(n int) []byte {
		if n < 0 || n > len(b) {
			err = short
			return make([]byte, 8)
		}
		out := b[:n]
		b = b[n:]
		return out
	}
	u32 := func() uint32 { return binary.BigEndian.Uint32(take(4)) }
	u64 := func() uint64 { return binary.BigEndian.Uint64(take(8)) }
	text := func() []byte { return take(int(u32())) }
	if domain := text(); err == nil && string(domain) != scorehash.Domain {
		return row, errors.New("domain")
	}
	row.ChainID, row.Netuid, row.Benchmark, row.BenchmarkVersion, row.Epoch, row.Hotkey = string(text()), u32(), u32(), u32(), u64(), text()
	for n := u32(); n > 0 && err == nil; n-- {
		row.MinerIDs = append(row.MinerIDs, u64())
		row.Weights = append(row.Weights, uint32(binary.BigEndian.Uint16(take(2))))
	}
	row.EvidenceRoot, row.Items, row.Salt = text(), u64(), text()
	if len(b) > 0 {
		err = errors.New("trailing bytes")
	}
	return row, err
}

func FuzzEncodingsThatCanBeReadAreCanonical(f *testing.F) {
	encoded, err := scorehash.Encode(example())
	require.NoError(f, err)
	f.Add(encoded)
	f.Add(encoded[:40])
	f.Fuzz(func(t *testing.T, b []byte) {
		row, err := decode(b)
		if err != nil {
			return
		}
		again, err := scorehash.Encode(row)
		if err != nil {
			return
		}
		require.Equal(t, b, again)
	})
}

func ExampleHash() {
	row := scorehash.Row{
		ChainID:          "agora-1",
		Netuid:           1,
		BenchmarkVersion: 1,
		Epoch:            7,
		Hotkey:           make([]byte, 20),
		MinerIDs:         []uint64{1, 2},
		Weights:          []uint32{65535, 1024},
		EvidenceRoot:     make([]byte, 32),
		Items:            16,
		Salt:             []byte("draw me at random"),
	}
	if hash, err := scorehash.Hash(row); err == nil {
		fmt.Printf("%x\n", hash)
	}
	// Output: 8549daa46274da4058e4fae5d645234f089f42ef6c0aa9368f8cb5e7d5aeef99
}

func BenchmarkHash4096(b *testing.B) {
	row := example()
	row.MinerIDs, row.Weights = make([]uint64, 4096), make([]uint32, 4096)
	for i := range row.MinerIDs {
		row.MinerIDs[i], row.Weights[i] = uint64(i+1), 1
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scorehash.Hash(row); err != nil {
			b.Fatal(err)
		}
	}
}
