package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/config"
	"github.com/agora-network/agora/validator/store"
)

// stranger is a server that answers by a function.
func stranger(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func TestAStrangersServerCannotDoMoreThanFail(t *testing.T) {
	secret := stranger(t, func(w http.ResponseWriter, _ *http.Request) { t.Error("a redirect was followed") })
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"it announces too much": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1000") }, "announces 1000 bytes, at most 100 are read"},
		"it sends too much": {func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}, "sends more than 100 bytes"},
		"it refuses": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, strings.Repeat("no! ", 1000), http.StatusTeapot)
		}, `answers 418: "no! no!`},
		"it breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "50")
			_, _ = w.Write([]byte("5"))
		}, "unexpected EOF"},
		"it sends elsewhere": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, secret, http.StatusFound) }, "answers 302"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fetch(t.Context(), stranger(t, test.answer), 100)
			require.ErrorContains(t, err, test.want)
			require.Less(t, len(err.Error()), 600)
		})
	}
	_, err := fetch(t.Context(), "http://127.0.0.1:1/evidence", 100)
	require.ErrorContains(t, err, "read http://127.0.0.1:1/evidence: ")
	why := errors.New("told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, err = fetch(ctx, stranger(t, func(http.ResponseWriter, *http.Request) {}), 100)
	require.ErrorIs(t, err, why)
}

func TestEvidenceFromAnAddressIsWhatItsNameAndTheIndexSay(t *testing.T) {
	context := evidence.Context{Blocks: 1}
	log, err := evidence.NewLog(evidence.Header{ChainID: testChainID, Netuid: 1, Epoch: 4, Hotkey: "h"}, context, nil)
	require.NoError(t, err)
	blob, err := log.Encode()
	require.NoError(t, err)
	digest := fmt.Sprintf("%x", sha256.Sum256(blob))
	index := fmt.Sprintf(`{"evidence":[{"netuid":1,"epoch":3,"sha256":%q},{"netuid":1,"epoch":4,"sha256":"../../x"},{"netuid":1,"epoch":4,"sha256":%q}]}`, digest, digest)
	base := stranger(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.RequestURI() {
		case "/below/evidence?netuid=1&epoch=4&benchmark=0":
			_, _ = w.Write([]byte(index))
		case "/below/evidence?netuid=1&epoch=5&benchmark=0":
			_, _ = w.Write([]byte(`{"evidence":[]}`))
		case "/below/evidence?netuid=1&epoch=6&benchmark=0":
			_, _ = w.Write([]byte(`<html>`))
		case "/below/evidence/" + digest, "/theirs", "/below/evidence/" + strings.Repeat("0", 64):
			_, _ = w.Write(blob)
		default:
			http.NotFound(w, r)
		}
	})
	c := &config.Config{}
	c.Chain.ID = testChainID
	for name, test := range map[string]struct {
		source evidenceSource
		epoch  uint64
		want   string
	}{
		"looked up":                        {evidenceSource{host: base + "/below"}, 4, ""},
		"looked up below a slash":          {evidenceSource{host: base + "/below/"}, 4, ""},
		"by its digest":                    {evidenceSource{named: base + "/below/evidence/" + digest}, 4, ""},
		"by any other name":                {evidenceSource{named: base + "/theirs"}, 4, ""},
		"of another digest than its name":  {evidenceSource{named: base + "/below/evidence/" + strings.Repeat("0", 64)}, 4, "bytes with sha256 " + digest},
		"of another epoch":                 {evidenceSource{named: base + "/theirs"}, 5, "the evidence is of chain agora-test-1, subnet 1, epoch 4"},
		"of an epoch that is not there":    {evidenceSource{host: base + "/below"}, 5, "has no evidence of epoch 5 of subnet 1, benchmark 0"},
		"from a page":                      {evidenceSource{host: base + "/below"}, 6, "does not answer with an index"},
		"from no server":                   {evidenceSource{host: "validator.example"}, 4, "is not the address of a validator's evidence_listen"},
		"from an address without a host":   {evidenceSource{host: "https:///x"}, 4, "is not the address"},
		"from a file that is not there":    {evidenceSource{named: t.TempDir() + "/none"}, 4, "no such file"},
		"from a file that is no evidence":  {evidenceSource{named: "remote_test.go"}, 4, "evidence log"},
		"from where there is nothing such": {evidenceSource{named: base + "/nothing"}, 4, "answers 404"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.source.load(t.Context(), c, store.Key{Netuid: 1, Epoch: test.epoch})
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, log.Root(), got.Root())
		})
	}
	root := log.Root()
	require.NoError(t, checkRoot(log, root[:]))
	require.ErrorContains(t, checkRoot(log, make([]byte, 32)), "it is not what was scored")
}
