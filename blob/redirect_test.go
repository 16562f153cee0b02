package blob

import (
	"context"
	"crypto/sha256"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// A mirror of the internet, as far as the fetcher can tell: the name mirror.example
// leads to a server of this test, every other address is dialled as always.
func TestAPublicMirrorCannotRedirectIntoOnesOwnNetwork(t *testing.T) {
	content := []byte("content")
	target := ""
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }))
	defer inner.Close()
	innerTLS := httptest.NewTLSServer(inner.Config.Handler)
	defer innerTLS.Close()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if target != "" {
			http.Redirect(w, r, target, http.StatusFound)
			return
		}
		_, _ = w.Write(content)
	}))
	defer server.Close()

	fetcher := NewFetcher(FetcherConfig{})
	defer fetcher.Close()
	secure := fetcher.client.http.Transport.(byScheme).secure
	secure.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	secure.TLSClientConfig.ServerName = "example.com" // of the test's certificate
	dial := secure.DialContext
	secure.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "mirror.example:443" {
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		}
		return dial(ctx, network, address)
	}

	get := func() error {
		_, err := fetcher.Get(t.Context(), sha256.Sum256(content), 100, []string{"https://mirror.example"})
		return err
	}
	require.NoError(t, get())
	for _, private := range []string{innerTLS.URL, inner.URL, "http://mirror.example/x", "https://169.254.169.254/latest/meta-data", "file:///etc/passwd"} {
		target = private
		require.ErrorIs(t, get(), ErrAddress, private)
	}
}
