//go:build unix

package nearhttp_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// arrived waits until something came on a connection, be it its end.
func arrived(t *testing.T, c net.Conn) {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK)
		return !errors.Is(err, syscall.EAGAIN)
	}))
}

func TestWhatComesOnAnIdleConnectionIsNoAnswer(t *testing.T) {
	const late = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	cases := map[string]func(*peer){
		"its end":                          func(*peer) {},
		"its end, the hard way":            func(p *peer) { reset(p.Conn) },
		"a timeout":                        func(p *peer) { p.say(late); p.ended() },
		"a timeout and the end":            func(p *peer) { p.say(late) },
		"an answer that looks like a good": func(p *peer) { p.say(answer("a lie")); p.ended() },
		"a single byte":                    func(p *peer) { p.say("\n"); p.ended() },
	}
	for name, leave := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answered := make(chan struct{})
			s := onTCP(t, func(p *peer) {
				if p.number > 1 {
					p.echo()
					return
				}
				_, _ = p.request()
				p.say(answer("first"))
				<-answered // and read, so that nothing comes with it
				leave(p)
			})
			transport := s.transport()
			var dialled net.Conn
			transport.Dial = func(ctx context.Context, network, address string) (c net.Conn, err error) {
				c, err = s.dial(ctx, network, address)
				dialled = c
				return c, err
			}
			_, err := ask(t, transport, "anything")
			require.NoError(t, err)
			close(answered)
			arrived(t, dialled)
			// It is noticed before anything is sent: this request cannot be sent twice.
			r := newRequest(t.Context(), t, http.MethodPost, strings.Repeat("a question ", 10_000))
			r.GetBody = nil
			got, err := send(transport, r)
			require.NoError(t, err)
			require.Equal(t, strings.Repeat("a question ", 10_000), got)
			require.EqualValues(t, 2, s.connections.Load())
		})
	}
}
