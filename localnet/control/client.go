package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

// ErrNotRunning says that no supervisor listens for the home.
var ErrNotRunning = errors.New("the network is not running")

// maxAnswer bounds what a client reads, in bytes.
const maxAnswer = 16 << 20

// Client asks the supervisor of one home.
type Client struct {
	http *http.Client
}

// Dial makes a client for a home; it does not connect yet.
func Dial(home string) (*Client, error) {
	path, err := SocketPath(home)
	if err != nil {
		return nil, err
	}
	return &Client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
		MaxIdleConnsPerHost: 1,
	}}}, nil
}

// Status fills snapshot with the state of the network; ErrNotRunning where there is no supervisor.
func (c *Client) Status(ctx context.Context, snapshot any) error {
	return c.do(ctx, http.MethodGet, "/v1/status", snapshot)
}

// Stop ends a program.
func (c *Client) Stop(ctx context.Context, name string) error { return c.act(ctx, name, "stop") }

// Start runs a program again.
func (c *Client) Start(ctx context.Context, name string) error { return c.act(ctx, name, "start") }

// Kill ends a program without warning.
func (c *Client) Kill(ctx context.Context, name string) error { return c.act(ctx, name, "kill") }

// Down asks the network to stop; it has not stopped yet when Down returns.
func (c *Client) Down(ctx context.Context) error {
	return c.do(ctx, http.MethodPost, "/v1/down", nil)
}

func (c *Client) act(ctx context.Context, name, action string) error {
	return c.do(ctx, http.MethodPost, "/v1/programs/"+url.PathEscape(name)+"/"+action, nil)
}

func (c *Client) do(ctx context.Context, method, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://localnet"+path, nil)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			return ErrNotRunning
		}
		return fmt.Errorf("ask the supervisor: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the supervisor's answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		var why failure
		if json.Unmarshal(body, &why) != nil || why.Error == "" {
			return fmt.Errorf("the supervisor answered %s", response.Status)
		}
		return errors.New(why.Error)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("understand the supervisor's answer: %w; is it from another version? stop it with: agorad localnet down", err)
	}
	return nil
}
