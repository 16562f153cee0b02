package miner

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"

	"github.com/agora-network/agora/wire"
)

// caller is who asks, after that was established.
type caller struct {
	// id is the address, or the number of the API key.
	id string
	// power is the scoring power of a validator that holds a permit; 0 for everybody else.
	power uint64
	// validator is whether the caller holds a permit.
	validator bool
}

// callers decides who may ask.
type callers struct {
	state   *state
	allowed map[string]bool
	// keys are digests, so that comparing takes the same time whatever is sent.
	keys [][sha256.Size]byte
}

func newCallers(state *state, allow, apiKeys []string) *callers {
	c := &callers{state: state, allowed: make(map[string]bool, len(allow))}
	for _, address := range allow {
		c.allowed[address] = true
	}
	for _, key := range apiKeys {
		c.keys = append(c.keys, sha256.Sum256([]byte(key)))
	}
	return c
}

// authorize is the permit check of the wire. The sender is claimed, not proven; nothing here changes state.
func (c *callers) authorize(_ context.Context, request *wire.Request) error {
	if c.allowed[request.Sender] {
		return nil
	}
	_, permitted, known, view := c.state.permit(request.Sender)
	switch {
	case !known:
		return wire.NewProblem(wire.CodePermitsUnavailable, "no block has been read yet")
	case view.Paused:
		return wire.NewProblem(wire.CodePermitsUnavailable, "governance has paused subnet %d, seen in block %d; nobody holds a permit until it goes on", request.Netuid, view.Height)
	case view.Removed:
		return wire.NewProblem(wire.CodeNotPermitted, "subnet %d was removed from the chain", request.Netuid)
	case !permitted && (!view.Running || request.Epoch > view.Epoch):
		// The sender may have seen a block, and in it a new epoch, that is still on its way here.
		return wire.NewProblem(wire.CodePermitsUnavailable, "asked in epoch %d, which has not begun in block %d, the newest seen here", request.Epoch, view.Height)
	case !permitted:
		return wire.NewProblem(wire.CodeNotPermitted, "%s holds no permit in epoch %d of subnet %d", request.Sender, view.Epoch, request.Netuid)
	}
	// Sender and receiver may be a block apart when an epoch turns.
	if request.Epoch+1 < view.Epoch || request.Epoch > view.Epoch+1 {
		return wire.NewProblem(wire.CodeWrongEpoch, "asked in epoch %d; block %d, the newest seen here, is in epoch %d", request.Epoch, view.Height, view.Epoch)
	}
	return nil
}

// signed is the caller of a verified request.
func (c *callers) signed(request *wire.Request) caller {
	power, permitted, _, _ := c.state.permit(request.Sender)
	return caller{id: request.Sender, power: power, validator: permitted}
}

// bearer finds the caller of an API key.
func (c *callers) bearer(h http.Header) (caller, *wire.Problem) {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if token == "" || !strings.EqualFold(scheme, "Bearer") {
		return caller{}, wire.NewProblem(wire.CodeUnauthenticated, "the request is neither signed nor has it a bearer token")
	}
	digest := sha256.Sum256([]byte(strings.TrimSpace(token)))
	found := -1
	for i := range c.keys {
		if subtle.ConstantTimeCompare(digest[:], c.keys[i][:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return caller{}, wire.NewProblem(wire.CodeUnauthenticated, "the API key is not one of this miner's")
	}
	return caller{id: "api-key-" + strconv.Itoa(found+1)}, nil
}
