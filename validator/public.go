package validator

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/blob"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/internal/blobdir"
	"github.com/agora-network/agora/validator/store"
)

const (
	// defaultMaxServed is how many answers the public listener sends at once.
	defaultMaxServed = 16
	// maxIndexed is how many indexes it makes at once: they cost more than they send.
	maxIndexed = 4
	// maxListed bounds the index of a subnet.
	maxListed = 64
	// A reader of evidence may take servedGrace, and a second for every slowestReader bytes.
	servedGrace   = 15 * time.Second
	slowestReader = 16 << 10
)

// PublicOptions say what everybody may read besides evidence.
type PublicOptions struct {
	// Blobs that were fetched; nil serves none.
	Blobs *blob.Store
	// Source is the data set with a root, nil where it is not served. Nil serves none.
	Source func(root [32]byte) dataset.Source
	// MaxServed bounds how many answers are sent at once; who comes then is asked to come again. Default 16.
	MaxServed int
}

// PublicHandler serves, to everybody and by GET and HEAD, what it takes to run an epoch again:
//
//	/evidence?netuid=1&epoch=41&benchmark=0   which evidence is here, as JSON; epoch and benchmark may be left out
//	/evidence/<sha256>                        the evidence of a row
//	/blobs/<sha256>, /items/<root>/<index>    what benchmarks name, see blob.NewHandler
//
// Evidence shows answers and weights. It is there once the chain shows the row as opened, never before, and of a row that
// is set in the open once its epoch is over, because until then other validators ask the same.
func (d *Daemon) PublicHandler(options PublicOptions) http.Handler {
	setDefault(&options.MaxServed, defaultMaxServed)
	blobs := blob.NewHandler(blob.HandlerConfig{Store: options.Blobs, Source: options.Source, MaxServed: options.MaxServed})
	mux := http.NewServeMux()
	handle := func(pattern, what string, serve http.Handler) {
		mux.Handle("GET "+pattern, d.metrics.public(what, serve))
	}
	handle("/evidence", "index", bounded(maxIndexed, d.servePublicIndex))
	handle("/evidence/{sha256}", "evidence", bounded(options.MaxServed, d.servePublicEvidence))
	handle("/blobs/", "blob", blobs)
	handle("/items/", "item", blobs)
	return mux
}

// bounded refuses more than may be served at once.
func bounded(most int, serve http.HandlerFunc) http.Handler {
	slots := make(chan struct{}, most)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			serve(w, r)
		default:
			w.Header().Set("Retry-After", "5")
			writeText(w, http.StatusServiceUnavailable, "too many are served at this moment")
		}
	})
}

// ServedEvidence is an entry of the index at /evidence.
type ServedEvidence struct {
	// Digest is the sha256 by which it is served, and Root what the chain shows.
	Digest    string `json:"sha256"`
	Root      string `json:"evidence_root"`
	Netuid    uint32 `json:"netuid"`
	Epoch     uint64 `json:"epoch"`
	Benchmark uint32 `json:"benchmark"`
	Version   uint32 `json:"benchmark_version"`
	Hotkey    string `json:"hotkey"`
	Items     uint64 `json:"items"`
	Bytes     int64  `json:"bytes"`
}

// EvidenceIndex is what /evidence answers.
type EvidenceIndex struct {
	ChainID string `json:"chain_id"`
	// Evidence by descending epoch and benchmark, the newest 64 rows of the subnet where no epoch is asked for.
	Evidence []ServedEvidence `json:"evidence"`
}

func (d *Daemon) servePublicIndex(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	netuid, err := strconv.ParseUint(query.Get("netuid"), 10, 32)
	if err != nil {
		writeText(w, http.StatusBadRequest, "netuid is the number of a subnet: /evidence?netuid=1&epoch=41")
		return
	}
	var rows []store.Round
	if text := query.Get("epoch"); text == "" {
		rows, err = d.options.Store.Rounds(uint32(netuid), d.options.Hotkey, maxListed)
	} else {
		epoch, parseErr := strconv.ParseUint(text, 10, 64)
		if parseErr != nil {
			writeText(w, http.StatusBadRequest, "epoch is the number of an epoch")
			return
		}
		rows, err = d.options.Store.RoundsOf(uint32(netuid), d.options.Hotkey, epoch)
	}
	benchmark := query.Get("benchmark")
	if _, parseErr := strconv.ParseUint(benchmark, 10, 32); benchmark != "" && parseErr != nil {
		writeText(w, http.StatusBadRequest, "benchmark is the number of a benchmark")
		return
	}
	if err != nil {
		d.options.Log.Error("the rows cannot be read for the public index", "err", err)
		writeText(w, http.StatusInternalServerError, "the rows cannot be read")
		return
	}
	index := EvidenceIndex{ChainID: d.options.ChainID, Evidence: []ServedEvidence{}}
	for i := range rows {
		if benchmark != "" && strconv.FormatUint(uint64(rows[i].Benchmark), 10) != benchmark {
			continue
		}
		if entry, served := d.served(&rows[i]); served {
			index.Evidence = append(index.Evidence, entry)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache") // the next epoch adds to it
	_ = json.NewEncoder(w).Encode(index)        // the caller has gone
}

// served tells whether everybody may read the evidence of a row, and that it is there.
func (d *Daemon) served(row *store.Round) (ServedEvidence, bool) {
	digest, ok := blobdir.ParseDigest(row.Evidence)
	if !ok || !d.mayBeRead(row) {
		return ServedEvidence{}, false
	}
	file, size, err := d.options.Evidence.Open(digest)
	if err != nil {
		return ServedEvidence{}, false // it was pruned, or cannot be read, which its own address will tell
	}
	_ = file.Close() // nothing was written
	return ServedEvidence{
		Digest: row.Evidence, Root: hex.EncodeToString(row.Root), Netuid: row.Netuid, Epoch: row.Epoch, Benchmark: row.Benchmark,
		Version: row.Version, Hotkey: row.Hotkey, Items: row.Items, Bytes: size,
	}, true
}

// mayBeRead tells whether reading the evidence of a row harms nothing any more.
func (d *Daemon) mayBeRead(row *store.Round) bool {
	if row.DryRun || row.Stage != store.StageRevealed {
		return false
	}
	if !row.Direct {
		return true // it was opened in the epoch after its own
	}
	d.mu.Lock()
	r := d.runners[row.Netuid]
	d.mu.Unlock()
	return r != nil && r.snapshot().Epoch > row.Epoch
}

func (d *Daemon) servePublicEvidence(w http.ResponseWriter, r *http.Request) {
	digest, ok := blobdir.ParseDigest(r.PathValue("sha256"))
	if !ok {
		writeText(w, http.StatusBadRequest, "evidence is named by 64 lower-case hexadecimal digits; /evidence?netuid=1 lists what is here")
		return
	}
	row, found, err := d.options.Store.RoundOfEvidence(digest)
	if err != nil {
		d.options.Log.Error("a row cannot be read for the public", "err", err)
		writeText(w, http.StatusInternalServerError, "the row cannot be read")
		return
	}
	// What may not be read yet must look like what is not there.
	if !found || !d.mayBeRead(&row) {
		writeText(w, http.StatusNotFound, "this evidence is not here: never made here, not opened on the chain yet, or older than what is kept")
		return
	}
	file, size, err := d.options.Evidence.Open(digest)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		writeText(w, http.StatusNotFound, "this evidence is older than what is kept")
		return
	case err != nil:
		d.options.Log.Error("evidence cannot be read for the public", "err", err)
		writeText(w, http.StatusInternalServerError, "the evidence cannot be read")
		return
	}
	defer file.Close()
	header := w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("ETag", strconv.Quote(row.Evidence))
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Agora-Evidence-Root", hex.EncodeToString(row.Root))
	// A connection that knows no deadline is bounded by the server's own.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(servedGrace + time.Duration(size/slowestReader)*time.Second))
	http.ServeContent(w, r, "", time.Time{}, file)
}
