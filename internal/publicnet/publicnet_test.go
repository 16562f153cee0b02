package publicnet_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/publicnet"
)

func TestOnlyAddressesOfTheInternetArePublic(t *testing.T) {
	for text, public := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "::1": false, "10.0.0.1": false, "172.16.3.4": false, "192.168.1.1": false,
		"169.254.169.254": false, "fe80::1": false, "fd00::1": false, "224.0.0.1": false, "ff02::1": false,
		"0.0.0.0": false, "::": false, "255.255.255.255": false, "::ffff:127.0.0.1": false,
		"100.100.100.200": false, "192.0.0.192": false, "198.18.0.1": false, "0.1.2.3": false, "240.0.0.1": false,
		"64:ff9b::a9fe:a9fe": false, "2002:a00:1::": false, "2001::1": false, "::127.0.0.1": false, "fec0::1": false,
	} {
		ip := netip.MustParseAddr(text)
		require.Equal(t, public, publicnet.IsPublic(ip), text)
		address := netip.AddrPortFrom(ip, 443).String()
		if public {
			require.NoError(t, publicnet.Control("tcp", address, nil), text)
			require.ErrorIs(t, publicnet.ControlPrivate("tcp", address, nil), publicnet.ErrPublic, text)
		} else {
			require.ErrorIs(t, publicnet.Control("tcp", address, nil), publicnet.ErrNotPublic, text)
			require.NoError(t, publicnet.ControlPrivate("tcp", address, nil), text)
		}
	}
	require.ErrorIs(t, publicnet.Control("tcp", "not an address", nil), publicnet.ErrNotPublic)
	require.ErrorIs(t, publicnet.ControlPrivate("tcp", "not an address", nil), publicnet.ErrPublic)
}
