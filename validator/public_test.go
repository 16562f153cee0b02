package validator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmarks/corpus"
	"github.com/agora-network/agora/blob"
	"github.com/agora-network/agora/evidence"
)

// public is what strangers see of a bench.
type public struct {
	t       *testing.T
	handler http.Handler
}

func (b *bench) public(options PublicOptions) public {
	return public{b.t, b.daemon.PublicHandler(options)}
}

func (p public) do(method, path string, headers ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	request := httptest.NewRequestWithContext(p.t.Context(), method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, request)
	return recorder
}

func (p public) get(path string, headers ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	return p.do(http.MethodGet, path, headers...)
}

func (p public) index(query string) []ServedEvidence {
	p.t.Helper()
	answer := p.get("/evidence?" + query)
	require.Equal(p.t, http.StatusOK, answer.Code, answer.Body.String())
	var index EvidenceIndex
	require.NoError(p.t, json.Unmarshal(answer.Body.Bytes(), &index))
	require.Equal(p.t, testChainID, index.ChainID)
	return index.Evidence
}

func TestEvidenceIsServedOnceTheChainShowsTheRowAndUntilItIsPruned(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	everybody := b.public(PublicOptions{})
	b.until(10)
	row := b.row(0)
	path := "/evidence/" + row.Evidence
	require.Empty(t, everybody.index("netuid=1"), "it is committed, not opened")
	require.Equal(t, http.StatusNotFound, everybody.get(path).Code)
	require.Equal(t, http.StatusNotFound, everybody.do(http.MethodHead, path).Code)
	before := everybody.get(path).Body.String()
	require.Equal(t, everybody.get("/evidence/"+strings.Repeat("0", 64)).Body.String(), before, "that it exists is not told either")

	b.until(11)
	answer := everybody.get(path)
	require.Equal(t, http.StatusOK, answer.Code)
	require.Equal(t, row.Evidence, hex.EncodeToString(sum(answer.Body.Bytes())))
	log, err := evidence.DecodeLog(answer.Body.Bytes())
	require.NoError(t, err)
	root := log.Root()
	require.Equal(t, b.shown(0).EvidenceRoot, root[:])
	require.Contains(t, answer.Header().Get("Cache-Control"), "immutable")
	require.Equal(t, hex.EncodeToString(root[:]), answer.Header().Get("Agora-Evidence-Root"))
	require.Equal(t, "nosniff", answer.Header().Get("X-Content-Type-Options"))
	require.Equal(t, []ServedEvidence{{
		Digest: row.Evidence, Root: hex.EncodeToString(root[:]), Netuid: 1, Epoch: 0, Version: 1, Hotkey: b.signer.Address(), Items: 5,
		Bytes: int64(answer.Body.Len()),
	}}, everybody.index("netuid=1&epoch=0&benchmark=0"))
	head := everybody.do(http.MethodHead, path)
	require.Equal(t, http.StatusOK, head.Code)
	require.Equal(t, strconv.Itoa(answer.Body.Len()), head.Header().Get("Content-Length"))
	require.Zero(t, head.Body.Len())
	require.Equal(t, http.StatusNotModified, everybody.get(path, "If-None-Match", strconv.Quote(row.Evidence)).Code)
	rest := everybody.get(path, "Range", "bytes=10-")
	require.Equal(t, http.StatusPartialContent, rest.Code)
	require.Equal(t, answer.Body.Bytes()[10:], rest.Body.Bytes())

	b.until(31)
	require.Len(t, everybody.index("netuid=1"), 3)
	require.Equal(t, []uint64{2, 1, 0}, epochsOf(everybody.index("netuid=1")), "the newest first")
	b.until(41)
	require.Equal(t, http.StatusNotFound, everybody.get(path).Code, "it is older than what is kept")
	require.Equal(t, []uint64{3, 2, 1}, epochsOf(everybody.index("netuid=1")))
	require.Empty(t, everybody.index("netuid=1&epoch=0"))
}

func epochsOf(index []ServedEvidence) []uint64 {
	var epochs []uint64
	for _, entry := range index {
		epochs = append(epochs, entry.Epoch)
	}
	return epochs
}

func sum(data []byte) []byte {
	digest := sha256.Sum256(data)
	return digest[:]
}

func TestEvidenceOfARowThatWasNeverOpenedStaysPrivate(t *testing.T) {
	for name, spoil := range map[string]func(b *bench){
		"the reveal is refused until its window closes": func(b *bench) {
			b.chain.refuse = func(kind string, _ uint32) error {
				if kind == "reveal" {
					return ErrClosed
				}
				return nil
			}
		},
		"a dry run": func(b *bench) { b.dryRun = true; b.restart() },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			spoil(b)
			startMiner(t, b.chain, honest)
			b.until(25)
			require.Empty(t, b.public(PublicOptions{}).index("netuid=1"))
			require.Equal(t, http.StatusNotFound, b.public(PublicOptions{}).get("/evidence/"+b.row(0).Evidence).Code)
		})
	}
}

func TestEvidenceOfARowThatIsSetInTheOpenWaitsForTheEndOfItsEpoch(t *testing.T) {
	b := newDirectBench(t)
	startMiner(t, b.chain, honest)
	everybody := b.public(PublicOptions{})
	b.until(10)
	row := b.row(0)
	require.NotEmpty(t, b.shown(0).EvidenceRoot, "the chain shows the row already")
	require.Equal(t, http.StatusNotFound, everybody.get("/evidence/"+row.Evidence).Code)
	require.Empty(t, everybody.index("netuid=1"))
	b.until(11)
	require.Equal(t, http.StatusOK, everybody.get("/evidence/"+row.Evidence).Code)
	require.Len(t, everybody.index("netuid=1"), 2, "of both benchmarks")
	b.restart()
	require.Equal(t, http.StatusNotFound, b.public(PublicOptions{}).get("/evidence/"+row.Evidence).Code, "which epoch is under way is not known yet")
}

func TestTheIndexSaysWhatIsAskedForOnly(t *testing.T) {
	b := newBench(t)
	b.addBenchmark()
	startMiner(t, b.chain, honest)
	b.until(21)
	everybody := b.public(PublicOptions{})
	require.Len(t, everybody.index("netuid=1"), 4)
	require.Len(t, everybody.index("netuid=1&epoch=1"), 2)
	only := everybody.index("netuid=1&epoch=1&benchmark=1")
	require.Len(t, only, 1)
	require.EqualValues(t, 1, only[0].Benchmark)
	require.Len(t, everybody.index("netuid=1&benchmark=1"), 2)
	require.Empty(t, everybody.index("netuid=2"))
	for _, query := range []string{"", "?netuid=x", "?netuid=1&epoch=-1", "?netuid=1&benchmark=x", "?netuid=4294967296"} {
		require.Equal(t, http.StatusBadRequest, everybody.get("/evidence"+query).Code, query)
	}
	for path, code := range map[string]int{
		"/evidence/xyz": http.StatusBadRequest, "/evidence/" + strings.Repeat("F", 64): http.StatusBadRequest, "/": http.StatusNotFound,
		"/status": http.StatusNotFound, "/metrics": http.StatusNotFound, "/evidence/1/0": http.StatusNotFound, "/readyz": http.StatusNotFound,
	} {
		require.Equal(t, code, everybody.get(path).Code, path)
	}
	require.Equal(t, http.StatusMethodNotAllowed, everybody.do(http.MethodPost, "/evidence?netuid=1").Code)
}

func TestEverybodyMayReadWhatBenchmarksName(t *testing.T) {
	b := newBench(t)
	blobs, err := blob.OpenStore(t.TempDir(), blob.StoreOptions{})
	require.NoError(t, err)
	digest, err := blobs.Put([]byte("a module"))
	require.NoError(t, err)
	set, manifest, err := corpus.Open()
	require.NoError(t, err)
	everybody := b.public(PublicOptions{Blobs: blobs, Source: func(root [32]byte) dataset.Source {
		if root == manifest.Root {
			return set
		}
		return nil
	}})
	answer := everybody.get("/blobs/" + hex.EncodeToString(digest[:]))
	require.Equal(t, "a module", answer.Body.String())
	require.Equal(t, http.StatusNotFound, everybody.get("/blobs/"+strings.Repeat("0", 64)).Code)
	answer = everybody.get("/items/" + hex.EncodeToString(manifest.Root[:]) + "/5")
	require.Equal(t, http.StatusOK, answer.Code)
	opening, err := dataset.DecodeOpening(answer.Body.Bytes())
	require.NoError(t, err)
	require.NoError(t, dataset.Verify(manifest.Root, manifest.Items, opening))
	require.Equal(t, http.StatusNotFound, b.public(PublicOptions{}).get("/blobs/"+hex.EncodeToString(digest[:])).Code)
}

// stalled is a reader that takes nothing until it is let go.
type stalled struct {
	*httptest.ResponseRecorder
	began, proceed chan struct{}
}

func (s stalled) WriteHeader(code int) {
	s.began <- struct{}{}
	<-s.proceed
	s.ResponseRecorder.WriteHeader(code)
}

func TestWhoComesWhenAllPlacesAreTakenIsAskedToComeAgain(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(11)
	path := "/evidence/" + b.row(0).Evidence
	everybody := b.public(PublicOptions{MaxServed: 1})
	slow := stalled{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		everybody.handler.ServeHTTP(slow, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	}()
	<-slow.began
	refused := everybody.get(path)
	require.Equal(t, http.StatusServiceUnavailable, refused.Code)
	require.Equal(t, "5", refused.Header().Get("Retry-After"))
	require.Len(t, everybody.index("netuid=1"), 1, "the index has places of its own")
	close(slow.proceed)
	<-done
	require.Equal(t, http.StatusOK, slow.Code)
	require.Equal(t, http.StatusOK, everybody.get(path).Code)
}

func TestEvidenceOfASubnetOfAnotherHistoryIsNotServed(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(21)
	path := "/evidence/" + b.row(0).Evidence
	everybody := b.public(PublicOptions{})
	require.Equal(t, http.StatusOK, everybody.get(path).Code)
	b.chain.change(func() { b.chain.height, b.chain.history = 0, 1 })
	b.restart()
	b.tick()
	require.Equal(t, http.StatusNotFound, b.public(PublicOptions{}).get(path).Code)
}
