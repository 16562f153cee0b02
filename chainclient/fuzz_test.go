package chainclient_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/agora-network/agora/chainclient"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// answering gives the same body to every request.
type answering []byte

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(a)), Request: r, Header: http.Header{}}, nil
}

// An endpoint may answer anything: nothing panics and nothing hangs.
func FuzzAnswersOfAnEndpoint(f *testing.F) {
	f.Add([]byte(`{"result":{"node_info":{"network":"agora-test-1"},"sync_info":{"latest_block_height":"5"},"response":{"last_block_height":"5","value":"AAAA"},"header":{"height":"5"}}}`))
	f.Add([]byte(`{"error":{"code":-32603,"message":"Internal error","data":"tx not found"}}`))
	f.Add([]byte(`[`))
	key, err := chainclient.GenerateKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		client, err := chainclient.New(chainclient.Config{
			ChainID: chainID, Endpoints: []string{"http://node"}, HTTP: &http.Client{Transport: answering(body)},
			MinPoll: time.Microsecond, MaxPoll: time.Microsecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = client.Latest(t.Context())
		_, _ = client.Subnet(5).Epoch(t.Context(), &subnettypes.QueryEpochRequest{})
		_, _ = client.Account(t.Context(), key.Address())
		_, _ = client.Balance(t.Context(), key.Address(), "uagora")
		_ = client.Health(t.Context())
	})
}

func FuzzParsePrice(f *testing.F) {
	f.Add("0.001uagora")
	f.Add("")
	f.Add("1e9uagora")
	f.Fuzz(func(_ *testing.T, text string) { _, _ = chainclient.ParsePrice(text) })
}
