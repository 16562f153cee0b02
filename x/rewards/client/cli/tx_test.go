package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNetuidsAreNumbersOf32Bits(t *testing.T) {
	netuids, err := parseNetuids([]string{"1", "4294967295"})
	require.NoError(t, err)
	require.Equal(t, []uint32{1, 4294967295}, netuids)
	for _, bad := range []string{"", "-1", "x", "4294967296", "1.5"} {
		_, err := parseNetuids([]string{"1", bad})
		require.ErrorContains(t, err, "is not the number of a subnet", bad)
	}
}

func TestTheModuleHasAClaimCommand(t *testing.T) {
	claim, _, err := NewTxCommand().Find([]string{"claim"})
	require.NoError(t, err)
	require.Equal(t, "claim", claim.Name())
	require.Error(t, claim.Args(claim, nil))
}
