package chance_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/chance"
)

// Computed by an independent implementation of the documented stream.
const goldenWords = "d031e04743c53566503fcc918945620335f7070ff1e6e7931b3ac615f6cda728" +
	"cef3b583dde9539be72e5926444f08282c16fb7a1bad26be55a2e9ba81f9e668"

// The stream is part of the protocol: every draw of every benchmark comes from it.
func TestTheStreamOfASeedIsFixed(t *testing.T) {
	s := chance.ItemStream(sha256.Sum256([]byte("agora golden seed")), 7)
	var words []byte
	for range 16 {
		words = binary.BigEndian.AppendUint32(words, s.Uint32())
	}
	require.Equal(t, goldenWords, hex.EncodeToString(words))
}

func TestBelowStaysInItsRangeAndReachesAllOfIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := chance.NewStream([32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")))
		n := rapid.Uint32Min(1).Draw(t, "n")
		require.Less(t, s.Below(n), n)
		low := rapid.Uint32Range(0, 1000).Draw(t, "low")
		high := rapid.Uint32Range(low, 2000).Draw(t, "high")
		got := s.Between(low, high)
		require.GreaterOrEqual(t, got, low)
		require.LessOrEqual(t, got, high)
	})
	s := chance.NewStream([32]byte{})
	require.Zero(t, s.Below(0))
	reached := map[uint32]bool{}
	for range 200 {
		reached[s.Below(7)] = true
	}
	require.Len(t, reached, 7)
}

func TestACopyOfAStreamYieldsTheSameSequence(t *testing.T) {
	s := chance.NewStream([32]byte{7})
	s.Uint32()
	fork := s
	for range 20 {
		require.Equal(t, s.Uint32(), fork.Uint32())
	}
}

func TestDrawingAllocatesNothing(t *testing.T) {
	s := chance.NewStream([32]byte{})
	require.Zero(t, testing.AllocsPerRun(100, func() { s.Below(1000) }))
}
