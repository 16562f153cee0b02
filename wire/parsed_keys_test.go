package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/stretchr/testify/require"
)

// signed is a key with a signature of it.
type signed struct {
	compressed [PubKeySize]byte
	digest     [sha256.Size]byte
	r, s       secp256k1.ModNScalar
}

func signedBy(t testing.TB, number uint32) (x signed) {
	t.Helper()
	var secret [PrivateKeySize]byte
	binary.BigEndian.PutUint32(secret[28:], number)
	signer, err := NewKeySigner(secret[:])
	require.NoError(t, err)
	signature, err := signer.Sign([]byte("message"))
	require.NoError(t, err)
	x.compressed, x.digest = [PubKeySize]byte(signer.PubKey()), sha256.Sum256([]byte("message"))
	x.r.SetByteSlice(signature[:32])
	x.s.SetByteSlice(signature[32:])
	return x
}

func (x signed) check(t testing.TB, keys *parsedKeys) {
	t.Helper()
	good, err := keys.verify(x.compressed, x.digest, &x.r, &x.s)
	require.NoError(t, err)
	require.True(t, good)
	other := x.digest
	other[0]++
	good, err = keys.verify(x.compressed, other, &x.r, &x.s)
	require.NoError(t, err)
	require.False(t, good)
}

func TestAKeyThatComesOftenGetsItsMultiples(t *testing.T) {
	var keys parsedKeys
	often, once := signedBy(t, 1), signedBy(t, 2)
	once.check(t, &keys)
	for range usesBeforeTable {
		often.check(t, &keys)
	}
	require.NotNil(t, keys.keys[often.compressed].table)
	require.Nil(t, keys.keys[once.compressed].table)
	require.Len(t, keys.tables, 1)
}

func TestTheTablesOfKeysThatComeInTurnAreNotMadeAtOnce(t *testing.T) {
	var keys parsedKeys
	x := make([]signed, 64)
	for i := range x {
		x[i] = signedBy(t, uint32(i+1))
	}
	total, most := 0, 0
	for use := range usesBeforeTable {
		made := 0
		for i := range x {
			_, _, worthwhile, err := keys.use(x[i].compressed)
			require.NoError(t, err)
			if worthwhile {
				made++
			}
		}
		require.False(t, made > 0 && use < leastUses)
		total, most = total+made, max(most, made)
	}
	require.Equal(t, len(x), total)
	require.Less(t, most, len(x)/4)
}

func TestKeysThatAreNoneAreNotKept(t *testing.T) {
	var keys parsedKeys
	x := signedBy(t, 1)
	_, err := keys.verify([PubKeySize]byte{5}, x.digest, &x.r, &x.s)
	require.Error(t, err)
	require.Empty(t, keys.keys)
}

func TestTheKeysKeptAreBounded(t *testing.T) {
	var keys parsedKeys
	for i := range uint32(maxParsedKeys + 10) {
		var secret [PrivateKeySize]byte
		binary.BigEndian.PutUint32(secret[:], i+1)
		key := secp256k1.PrivKeyFromBytes(secret[:]).PubKey().SerializeCompressed()
		_, _, _, err := keys.use([PubKeySize]byte(key))
		require.NoError(t, err)
		require.LessOrEqual(t, len(keys.keys), maxParsedKeys)
	}
}

func TestTheTableThatWasNotUsedForLongestMakesRoom(t *testing.T) {
	var keys parsedKeys
	table := new(multiples) // none of them is computed with
	known := make([]*parsedKey, maxTables+1)
	for i := range known {
		x := signedBy(t, uint32(i+1))
		var err error
		known[i], _, _, err = keys.use(x.compressed)
		require.NoError(t, err)
		if i < maxTables {
			keys.keep(known[i], table)
		}
	}
	first := signedBy(t, 1)
	_, _, _, err := keys.use(first.compressed)
	require.NoError(t, err)
	keys.keep(known[maxTables], table)
	require.Len(t, keys.tables, maxTables)
	require.NotNil(t, known[maxTables].table)
	require.NotNil(t, known[0].table, "it was used again")
	require.Nil(t, known[1].table)
	require.Zero(t, known[1].uses, "it has to earn its table again")
}

func TestOfManyKeysThatComeInTurnThoseWithTablesKeepThem(t *testing.T) {
	var keys parsedKeys
	table := new(multiples) // none of them is computed with
	x := make([]signed, maxTables+10)
	for i := range x {
		x[i] = signedBy(t, uint32(i+1))
	}
	made := 0
	for range 3 * usesBeforeTable {
		for i := range x {
			known, _, worthwhile, err := keys.use(x[i].compressed)
			require.NoError(t, err)
			if worthwhile {
				made++
				keys.keep(known, table)
			}
		}
	}
	require.Equal(t, maxTables, made)
	require.Len(t, keys.tables, maxTables)

	late := x[len(x)-1]
	for range 2 * usesBeforeTable { // it comes often now, and the others do not
		known, _, worthwhile, err := keys.use(late.compressed)
		require.NoError(t, err)
		if worthwhile {
			keys.keep(known, table)
		}
	}
	require.NotNil(t, keys.keys[late.compressed].table)
}

func BenchmarkVerify(b *testing.B) {
	x := signedBy(b, 1)
	b.Run("a key that comes often", func(b *testing.B) {
		var keys parsedKeys
		for range usesBeforeTable {
			x.check(b, &keys)
		}
		b.ReportAllocs()
		for b.Loop() {
			if good, err := keys.verify(x.compressed, x.digest, &x.r, &x.s); err != nil || !good {
				b.Fatal(err)
			}
		}
	})
	b.Run("a key that is new", func(b *testing.B) {
		var keys parsedKeys
		b.ReportAllocs()
		for b.Loop() {
			keys.keys, keys.tables = nil, nil
			if good, err := keys.verify(x.compressed, x.digest, &x.r, &x.s); err != nil || !good {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSign(b *testing.B) {
	key := seededKey(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := key.Sign([]byte("message")); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAfterAPause measures what a miner sees that is not busy: after some milliseconds caches hold other things.
func BenchmarkAfterAPause(b *testing.B) {
	const pause = 5 * time.Millisecond
	x, key := signedBy(b, 1), seededKey(b, 1)
	var keys parsedKeys
	for range usesBeforeTable {
		x.check(b, &keys)
	}
	for name, work := range map[string]func() error{
		"checking": func() error { _, err := keys.verify(x.compressed, x.digest, &x.r, &x.s); return err },
		"signing":  func() error { _, err := key.Sign([]byte("message")); return err },
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				time.Sleep(pause) //nolint:forbidigo // what is measured
				start := time.Now()
				if err := work(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2]), "ns-median")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func BenchmarkMultiples(b *testing.B) {
	key, err := secp256k1.ParsePubKey(seededKey(b, 1).PubKey())
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		newMultiples(pointOf(key), keyWindow)
	}
}
