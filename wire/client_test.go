package wire

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnAnswerComesWithAReceiptThatAnyoneCanCheckLater(t *testing.T) {
	w := newWorld(t, nil, nil)
	answer, err := w.client(t, nil).Do(t.Context(), w.call("347+582"))
	require.NoError(t, err)
	require.Equal(t, "347+582", string(answer.Body))
	stored := answer.Receipt.String()

	receipt, err := ParseReceipt(stored)
	require.NoError(t, err)
	require.NoError(t, receipt.Verify(w.receiver.Address(), answer.Request.Digest(), BodyDigest([]byte("347+582"))))
	require.ErrorIs(t, receipt.Verify(w.receiver.Address(), answer.Request.Digest(), BodyDigest([]byte("929"))), ErrReceipt)
	require.ErrorIs(t, receipt.Verify(w.sender.Address(), answer.Request.Digest(), receipt.Body), ErrReceipt)
	require.ErrorIs(t, receipt.Verify(w.receiver.Address(), Digest{}, receipt.Body), ErrReceipt)
	receipt.Status = 500
	require.ErrorIs(t, receipt.Verify(w.receiver.Address(), answer.Request.Digest(), receipt.Body), ErrReceipt)
}

func streamOf(events ...string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", EventStreamContentType)
		for _, event := range events {
			_, _ = io.WriteString(rw, "data: "+event+"\n\n")
			_ = http.NewResponseController(rw).Flush()
		}
	}
}

func TestAStreamedAnswerIsCoveredByTrailerAndComment(t *testing.T) {
	w := newWorld(t, streamOf("9", "29", "[DONE]"), nil)
	answer, err := w.client(t, nil).Do(t.Context(), w.call("x"))
	require.NoError(t, err)
	require.Equal(t, "data: 9\n\ndata: 29\n\ndata: [DONE]\n\n", string(answer.Body))
	require.NotNil(t, answer.Receipt)

	response, err := http.DefaultTransport.RoundTrip(w.signed(t, nil, nil, nil))
	require.NoError(t, err)
	defer response.Body.Close() //nolint:errcheck // test
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	events, comment := splitReceiptComment(raw)
	require.Equal(t, string(answer.Body), string(events))
	require.Equal(t, response.Trailer.Get(HeaderReceipt), comment)
}

func TestALargeAnswerMovesItsReceiptToTheTrailer(t *testing.T) {
	long := strings.Repeat("z", 5000)
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		for range 4 {
			_, _ = io.WriteString(rw, long)
		}
	}, func(c *ServerConfig) { c.MaxBuffered = 6000 })
	answer, err := w.client(t, nil).Do(t.Context(), w.call("x"))
	require.NoError(t, err)
	require.Equal(t, strings.Repeat(long, 4), string(answer.Body))
	require.Empty(t, answer.Header.Get(HeaderReceipt))
}

func TestAProxyThatDropsTrailersLeavesTheCommentOfAnEventStream(t *testing.T) {
	w := newWorld(t, streamOf("9"), nil)
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		out := r.Clone(r.Context())
		out.RequestURI = ""
		out.URL.Scheme, out.URL.Host = "http", strings.TrimPrefix(w.server.URL, "http://")
		response, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		defer response.Body.Close() //nolint:errcheck // test
		rw.Header().Set("Content-Type", response.Header.Get("Content-Type"))
		_, _ = io.Copy(rw, response.Body)
	}))
	defer proxy.Close()
	call := w.call("x")
	call.Endpoint = proxy.URL
	answer, err := w.client(t, nil).Do(t.Context(), call)
	require.NoError(t, err)
	require.Equal(t, "data: 9\n\n", string(answer.Body))
}

func TestASignedRefusalIsAProblemWithItsReceipt(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		WriteProblem(rw, NewProblem(CodeOverloaded, "queue of 8 is full").After(1500*time.Millisecond))
	}, nil)
	answer, err := w.client(t, nil).Do(t.Context(), w.call("x"))
	require.ErrorIs(t, err, NewProblem(CodeOverloaded, ""))
	problem := AsProblem(err)
	require.True(t, problem.Retryable)
	require.Equal(t, 2*time.Second, problem.RetryAfter)
	require.NotNil(t, answer.Receipt)
	require.Equal(t, http.StatusServiceUnavailable, answer.Status)
}

func TestAPanicOfTheHandlerIsASignedInternalProblem(t *testing.T) {
	w := newWorld(t, func(http.ResponseWriter, *http.Request) { panic("secret detail") }, nil)
	answer, err := w.client(t, nil).Do(t.Context(), w.call("x"))
	require.ErrorIs(t, err, NewProblem(CodeInternal, ""))
	require.NotContains(t, err.Error(), "secret")
	require.NotNil(t, answer.Receipt)
}

func TestAStreamThatBreaksOffHasNoReceipt(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, "data: 9\n\n")
		_ = http.NewResponseController(rw).Flush()
		panic("gone")
	}, nil)
	_, err := w.client(t, nil).Do(t.Context(), w.call("x"))
	require.ErrorIs(t, err, ErrUnreachable)
}

// plain answers without signing anything.
func plain(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestThePathOfARequestIsThatOfItsEndpointAndTheCall(t *testing.T) {
	w := newWorld(t, nil, nil)
	client := w.client(t, nil)
	for _, base := range []string{
		"", "/a", "/a//b", "/a b", "/%2f%2F", "/\u00e9/\u00fc", "/" + strings.Repeat("\u00e9", 10) + "/xy", "/" + strings.Repeat("a", MaxBasePath-1), "/;=,",
	} {
		for _, slash := range []string{"", "/"} {
			outgoing, request, err := client.prepare(t.Context(), Call{Endpoint: w.server.URL + base + slash, Path: "/v1/x?y=1", Receiver: w.receiver.Address()})
			require.NoError(t, err, base)
			require.Equal(t, outgoing.URL.RequestURI(), request.Target)
			sent, whole := strings.CutSuffix(request.Target, "/v1/x?y=1")
			require.True(t, whole, base)
			require.LessOrEqual(t, len(sent), MaxBasePath, base)
		}
	}
}

func TestAnswersThatDoNotCount(t *testing.T) {
	w := newWorld(t, nil, nil)
	other := seededKey(t, 9)
	cases := []struct {
		name     string
		endpoint string
		want     error
		says     string
	}{
		{"nobody listens", "http://127.0.0.1:1", ErrUnreachable, "127.0.0.1:1"},
		{"the endpoint has no scheme", "127.0.0.1:1", ErrEndpoint, ""},
		{"the endpoint is a file", "file:///etc/passwd", ErrEndpoint, "http://"},
		{"the endpoint carries a password", "http://user:secret@127.0.0.1:1", ErrEndpoint, "user"},
		{"the path of the endpoint is long", "http://127.0.0.1:1/" + strings.Repeat("a", MaxBasePath), ErrEndpoint, "more than 64 bytes"},
		{"the path of the endpoint is long once it is escaped", "http://127.0.0.1:1/" + strings.Repeat("\u00e9", 11), ErrEndpoint, "more than 64 bytes"},
		{"the answer has no receipt", plain(t, func(rw http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(rw, "929")
		}), ErrReceipt, "none in header"},
		{"the receipt is garbage", plain(t, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set(HeaderReceipt, "yes")
		}), ErrReceipt, "characters"},
		{"the receipt is by another key", plain(t, func(rw http.ResponseWriter, r *http.Request) {
			request, _ := ParseRequest(r.Method, r.RequestURI, r.Header)
			receipt, _ := NewReceipt(other, request.Digest(), 200, BodyDigest([]byte("929")))
			rw.Header().Set(HeaderReceipt, receipt.String())
			_, _ = io.WriteString(rw, "929")
		}), ErrReceipt, other.Address()},
		{"the receipt is for another status", plain(t, func(rw http.ResponseWriter, r *http.Request) {
			request, _ := ParseRequest(r.Method, r.RequestURI, r.Header)
			receipt, _ := NewReceipt(w.receiver, request.Digest(), 503, BodyDigest([]byte("929")))
			rw.Header().Set(HeaderReceipt, receipt.String())
			_, _ = io.WriteString(rw, "929")
		}), ErrReceipt, "status 503"},
		{"the body was changed after signing", plain(t, func(rw http.ResponseWriter, r *http.Request) {
			request, _ := ParseRequest(r.Method, r.RequestURI, r.Header)
			receipt, _ := NewReceipt(w.receiver, request.Digest(), 200, BodyDigest([]byte("929")))
			rw.Header().Set(HeaderReceipt, receipt.String())
			_, _ = io.WriteString(rw, "928")
		}), ErrReceipt, "digest"},
		{"the answer redirects", plain(t, func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, w.server.URL+"/v1/completions", http.StatusTemporaryRedirect)
		}), ErrRedirect, "307"},
		{"the answer announces 100 MB", plain(t, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", fmt.Sprint(100<<20))
			rw.WriteHeader(http.StatusOK)
		}), ErrAnswerTooLarge, "104857600"},
		{"the answer never ends", plain(t, func(rw http.ResponseWriter, _ *http.Request) {
			for chunk := []byte(strings.Repeat("a", 1<<16)); ; {
				if _, err := rw.Write(chunk); err != nil {
					return
				}
			}
		}), ErrAnswerTooLarge, "more than"},
		{"the answer is broken off", plain(t, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(rw, "929")
		}), ErrUnreachable, "broke off"},
		{"the headers are endless", plain(t, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("X-Padding", strings.Repeat("a", 1<<20))
		}), ErrUnreachable, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			call := w.call("x")
			call.Endpoint = c.endpoint
			_, err := w.client(t, nil).Do(t.Context(), call)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestAServerThatNeverAnswersCostsTheTimeoutAndNoMore(t *testing.T) {
	w := newWorld(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil)
	client := w.client(t, func(c *ClientConfig) { c.Timeout = 50 * time.Millisecond })
	_, err := client.Do(t.Context(), w.call("x"))
	require.ErrorIs(t, err, ErrUnreachable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestARefusalThatIsNotAProblemDocumentIsStillOne(t *testing.T) {
	w := newWorld(t, nil, nil)
	call := w.call("x")
	call.Endpoint = plain(t, func(rw http.ResponseWriter, _ *http.Request) {
		http.Error(rw, "<html>nginx</html>", http.StatusBadGateway)
	})
	answer, err := w.client(t, nil).Do(t.Context(), call)
	problem := AsProblem(err)
	require.Equal(t, http.StatusBadGateway, problem.Status)
	require.True(t, problem.Retryable)
	require.Nil(t, answer.Receipt)
}

func TestAPublicOnlyClientDoesNotReachIntoItsOwnNetwork(t *testing.T) {
	w := newWorld(t, nil, nil)
	client := w.client(t, func(c *ClientConfig) { c.PublicOnly = true })
	for _, endpoint := range []string{
		w.server.URL, "http://169.254.169.254", "http://10.0.0.1", "http://[::ffff:127.0.0.1]:80", "http://localhost:1",
		"http://100.100.100.200", "http://192.0.0.192", "http://198.18.0.1", "http://0.1.2.3", "http://240.0.0.1",
		"http://[64:ff9b::a9fe:a9fe]", "http://[2002:a00:1::]", "http://[::127.0.0.1]", "http://[fec0::1]",
	} {
		call := w.call("x")
		call.Endpoint = endpoint
		_, err := client.Do(t.Context(), call)
		require.ErrorIs(t, err, ErrEndpoint, endpoint)
	}
	require.Zero(t, w.runs.Load())
}

func TestEndpointsThatOnlyTheirOwnNetworkReachesAreTold(t *testing.T) {
	for endpoint, local := range map[string]bool{
		"http://127.0.0.1:8091": true, "http://localhost:1": true, "http://10.1.2.3": true, "https://[fe80::1]:443": true,
		"https://miner.example": false, "http://8.8.8.8:80": false, "https://[2606:4700::1]": false, "://": false,
	} {
		require.Equal(t, local, OnlyLocal(endpoint), endpoint)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(rw, r.RemoteAddr) }, nil)
	client := w.client(t, nil)
	var first string
	for range 5 {
		answer, err := client.Do(t.Context(), w.call("x"))
		require.NoError(t, err)
		if first == "" {
			first = string(answer.Body)
		}
		require.Equal(t, first, string(answer.Body))
	}
}

func TestEndpointsOfDaemonsAreJudgedBeforeTheyAreUsed(t *testing.T) {
	for _, good := range []string{"http://127.0.0.1:8091", "https://miner.example/agora/", "http://[::1]:80"} {
		require.NoError(t, ValidateEndpoint(good), good)
	}
	for _, bad := range []string{"", "miner.example:80", "ftp://a", "http://", "http://a?x=1", "http://a#b", "http://" + strings.Repeat("a", 3000)} {
		require.ErrorIs(t, ValidateEndpoint(bad), ErrEndpoint, bad)
	}
}
