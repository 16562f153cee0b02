package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// pageTimeout is how long a daemon on this machine may take to answer its operator.
const pageTimeout = 3 * time.Second

// ErrNotRunning: nobody answers where a daemon's operator listens.
var ErrNotRunning = errors.New("no daemon answers")

// ReadPage reads at most limit bytes of a page from the operator's listener of a running daemon, with its HTTP status.
// The error wraps [ErrNotRunning] when nobody answers.
func ReadPage(ctx context.Context, address, path string, limit int64) (status int, page []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return 0, nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("%w at %s: %w", ErrNotRunning, address, err)
	}
	defer response.Body.Close()
	page, err = io.ReadAll(io.LimitReader(response.Body, limit))
	if err != nil {
		return 0, nil, fmt.Errorf("read http://%s%s: %w", address, path, err)
	}
	return response.StatusCode, page, nil
}
