//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/agora-network/agora/wire"
)

// caller asks the server itself or, as a validator does, the miner.
type caller struct {
	signer *wire.KeySigner
	miner  string // its address
	http   *http.Client
}

func newCaller() *caller {
	return &caller{signer: callerKey(), miner: minerKey().Address(), http: &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 2 * atOnce, DisableCompression: true,
	}}}
}

func (c *caller) close() { c.http.CloseIdleConnections() }

// exchange is one question and what came back.
type exchange struct {
	outgoing *http.Request
	signed   *wire.Request // nil to the server itself
	stream   bool

	took    time.Duration
	body    []byte
	receipt string
	err     error
}

// prepare makes a question, signed when it is for the miner.
func (c *caller) prepare(ctx context.Context, url string, signed, stream bool) (*exchange, error) {
	body := fmt.Appendf(nil, `{"model":%q,"messages":[{"role":"user","content":"347+582"}],"max_tokens":64,"temperature":0,"stream":%t}`, upstreamModel, stream)
	outgoing, err := http.NewRequestWithContext(ctx, http.MethodPost, url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	outgoing.Header.Set("Content-Type", "application/json")
	x := &exchange{outgoing: outgoing, stream: stream}
	if !signed {
		return x, nil
	}
	nonce, err := wire.NewNonce(time.Now(), rand.Reader)
	if err != nil {
		return nil, err
	}
	x.signed = &wire.Request{
		ChainID: chainID, Netuid: 1, Method: http.MethodPost, Target: path, Body: wire.BodyDigest(body), Nonce: nonce,
		Receiver: c.miner, Epoch: epoch,
	}
	if err := x.signed.Sign(c.signer); err != nil {
		return nil, err
	}
	x.signed.SetHeaders(outgoing.Header)
	return x, nil
}

// send asks and reads the answer to its end. The time counts from scheduled.
func (c *caller) send(x *exchange, scheduled time.Time) {
	response, err := c.http.Do(x.outgoing)
	if err != nil {
		x.err = err
		return
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	x.body, x.err = io.ReadAll(response.Body)
	x.took = time.Since(scheduled)
	if x.err == nil && response.StatusCode != http.StatusOK {
		x.err = fmt.Errorf("status %d: %.300s", response.StatusCode, x.body)
	}
	if x.receipt = response.Header.Get(wire.HeaderReceipt); x.receipt == "" {
		x.receipt = response.Trailer.Get(wire.HeaderReceipt)
	}
}

// check says why an exchange does not count: it failed, or its receipt is not valid.
func (c *caller) check(x *exchange) error {
	if x.err != nil || x.signed == nil {
		return x.err
	}
	receipt, err := wire.ParseReceipt(x.receipt)
	if err != nil {
		return err
	}
	body := x.body
	if x.stream { // the receipt stands in the stream, too, and does not cover itself
		if at := bytes.LastIndex(body, []byte(wire.ReceiptCommentPrefix)); at >= 0 {
			body = body[:at]
		}
	}
	return receipt.Verify(c.miner, x.signed.Digest(), wire.BodyDigest(body))
}
