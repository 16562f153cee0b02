package openai

import (
	"context"
	"net"
	"net/http"
)

// DialBy lets a test make the connections.
func (e *Engine) DialBy(dial func(context.Context) (net.Conn, error)) {
	e.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
}
