package settings

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/agora-network/agora/wire"
)

// Problems collects what is wrong with a configuration, so that everything is reported at once. The zero value is
// ready; it is for one goroutine.
type Problems struct{ found []error }

// Add complains about a setting.
func (p *Problems) Add(key, format string, args ...any) {
	p.found = append(p.found, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
}

// Err is everything that was complained of, or nil.
func (p *Problems) Err() error { return errors.Join(p.found...) }

// Between complains when a value is below least or above most.
func Between[T cmp.Ordered](p *Problems, key string, value, least, most T) {
	if value < least || value > most {
		p.Add(key, "%v is not between %v and %v", value, least, most)
	}
}

// OneOf complains when a value is not among the choices.
func (p *Problems) OneOf(key, value string, choices ...string) {
	if !slices.Contains(choices, value) {
		p.Add(key, "%q is none of %q", value, choices)
	}
}

// HostPort complains when a value is not an address to listen on.
func (p *Problems) HostPort(key, value string) {
	if _, _, err := net.SplitHostPort(value); err != nil {
		p.Add(key, "%q is not host:port", value)
	}
}

// Address complains when a value is not an account's address.
func (p *Problems) Address(key, value string) {
	if err := wire.ValidateAddress(value); err != nil {
		p.Add(key, "%v", err)
	}
}

// Endpoint complains when a value is not the base URL of a server.
func (p *Problems) Endpoint(key, value string) {
	if err := wire.ValidateEndpoint(value); err != nil {
		p.Add(key, "%v", err)
	}
}
