package openai

import (
	"context"
	"net"
	"net/http"

	"github.com/agora-network/agora/engine/internal/nearhttp"
)

// DialBy lets a test make the connections.
func (e *Engine) DialBy(dial func(context.Context) (net.Conn, error)) {
	to := func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
	switch transport := e.transport.(type) {
	case *nearhttp.Transport:
		transport.Dial = to
	case *http.Transport:
		transport.DialContext = to
	}
}
