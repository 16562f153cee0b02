package store

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheSecretOfAnEpochIsBoundByTheOneBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	open := func(path string) *Store {
		s, err := Open(path, "agora-test-1")
		require.NoError(t, err)
		return s
	}
	s := open(path)
	secret := func(s *Store, netuid, number uint32, epoch uint64) [32]byte {
		found, err := s.Secret(netuid, number, epoch)
		require.NoError(t, err)
		require.NotZero(t, found)
		return found
	}
	at := func(epoch uint64) [32]byte { return secret(s, 1, 0, epoch) }
	for _, epoch := range []uint64{1, 2, 77, chainEpochs - 1} {
		require.True(t, FollowsSecret(epoch, at(epoch-1), at(epoch)), epoch)
		require.False(t, FollowsSecret(epoch, at(epoch), at(epoch-1)), "nobody can walk it forwards")
		require.False(t, FollowsSecret(epoch, at(epoch-1), at(epoch+1)))
	}
	require.NotEqual(t, secretBefore(at(chainEpochs)), at(chainEpochs-1), "another chain begins")
	require.True(t, FollowsSecret(chainEpochs, at(chainEpochs-1), at(chainEpochs)))

	seen := map[[32]byte]bool{}
	for _, found := range [][32]byte{at(5), secret(s, 2, 0, 5), secret(s, 1, 1, 5), at(6)} {
		require.False(t, seen[found])
		seen[found] = true
	}
	kept := at(5)
	require.NoError(t, s.Close())
	s = open(path)
	require.Equal(t, kept, at(5), "a restart goes on with the same")
	require.NoError(t, s.Close())
	other := open(filepath.Join(t.TempDir(), "state.db"))
	require.NotEqual(t, kept, secret(other, 1, 0, 5), "no two validators have the same")
	require.NoError(t, other.Close())
}

func BenchmarkSecret(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "state.db"), "agora-test-1")
	require.NoError(b, err)
	defer s.Close()
	for b.Loop() {
		if _, err := s.Secret(1, 0, 0); err != nil {
			b.Fatal(err)
		}
	}
}
