// Package publicnet tells the addresses of the public internet from all others, for
// clients that dial where strangers point them. It keeps no state.
package publicnet

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

var (
	// ErrNotPublic is wrapped by the errors of [Control].
	ErrNotPublic = errors.New("not a public address")
	// ErrPublic is wrapped by the errors of [ControlPrivate].
	ErrPublic = errors.New("not an address of one's own network")
)

// special networks are not of the public internet either (RFC 6890), though netip does not say so: providers put pages
// with secrets of a machine into some of them, and others are translated into private addresses on the way.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),      // this network
	netip.MustParsePrefix("100.64.0.0/10"),  // shared by customers of a carrier
	netip.MustParsePrefix("192.0.0.0/24"),   // protocol assignments
	netip.MustParsePrefix("198.18.0.0/15"),  // benchmarks of devices
	netip.MustParsePrefix("240.0.0.0/4"),    // reserved
	netip.MustParsePrefix("::/96"),          // IPv4-compatible
	netip.MustParsePrefix("64:ff9b::/96"),   // IPv4 behind a translator
	netip.MustParsePrefix("64:ff9b:1::/48"), // IPv4 behind a local translator
	netip.MustParsePrefix("2001::/32"),      // IPv4 in Teredo
	netip.MustParsePrefix("2002::/16"),      // IPv4 in 6to4
	netip.MustParsePrefix("fec0::/10"),      // site-local
}

// Control is the Control of a [net.Dialer] that dials public addresses only. It runs after name resolution, on the
// address that will be dialled, so a name cannot resolve around it. The error wraps [ErrNotPublic].
func Control(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotPublic, err)
	}
	if !IsPublic(target.Addr()) {
		return fmt.Errorf("%w: %s", ErrNotPublic, address)
	}
	return nil
}

// ControlPrivate is the opposite of [Control]: it dials what is not public. The error wraps [ErrPublic].
func ControlPrivate(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPublic, err)
	}
	if IsPublic(target.Addr()) {
		return fmt.Errorf("%w: %s", ErrPublic, address)
	}
	return nil
}

// IsPublic tells whether an address is one of the public internet, not loopback, private, link-local, multicast or
// reserved.
func IsPublic(ip netip.Addr) bool {
	ip = ip.Unmap()
	within := slices.ContainsFunc(special, func(network netip.Prefix) bool { return network.Contains(ip) })
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !within
}
