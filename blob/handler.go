package blob

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/internal/blobdir"
)

// DefaultMaxServed is how many answers are sent at once by default, 16.
const DefaultMaxServed = 16

// HandlerConfig says what is served.
type HandlerConfig struct {
	// Store is what blobs are served from; nil serves none.
	Store *Store
	// Source is the data set with a root, nil where it is not served. Nil serves none.
	Source func(root [32]byte) dataset.Source
	// Allow refuses to open an item, with a reason that is told: for a sealed set, an item
	// that no epoch has drawn yet. Nil opens everything that [HandlerConfig.Source] has.
	Allow func(request *http.Request, root [32]byte, index uint64) error
	// MaxServed bounds how many answers are sent at once; who comes then is asked to come
	// again. Default [DefaultMaxServed].
	MaxServed int
	// MinRate and Grace end an answer to a reader that is slower. Defaults are those of
	// [FetcherConfig].
	MinRate int64
	Grace   time.Duration
}

type handler struct {
	config HandlerConfig
	slots  chan struct{}
}

// NewHandler serves, by GET and HEAD,
//
//	/blobs/<sha256>         blobs of the store
//	/items/<root>/<index>   openings of data sets, see dataset.DecodeOpening
//
// Both never change and say so to caches. An answer is 200, or 304 for a reader that
// has it; 403 for an item that may not be opened, 404 for what is not here, 400 for a
// malformed name, 503 when too many are served, 500 for a file that is harmed.
func NewHandler(config HandlerConfig) http.Handler {
	if config.MaxServed <= 0 {
		config.MaxServed = DefaultMaxServed
	}
	if config.MinRate <= 0 {
		config.MinRate = DefaultMinRate
	}
	if config.Grace <= 0 {
		config.Grace = DefaultGrace
	}
	h := &handler{config: config, slots: make(chan struct{}, config.MaxServed)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /blobs/{sha256}", h.bounded(h.blob))
	mux.HandleFunc("GET /items/{root}/{index}", h.bounded(h.item))
	return mux
}

// bounded refuses more than may be served at once.
func (h *handler) bounded(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case h.slots <- struct{}{}:
			defer func() { <-h.slots }()
			serve(w, r)
		default:
			w.Header().Set("Retry-After", "5")
			http.Error(w, "too many are served at this moment", http.StatusServiceUnavailable)
		}
	}
}

func (h *handler) blob(w http.ResponseWriter, r *http.Request) {
	digest, ok := blobdir.ParseDigest(r.PathValue("sha256"))
	switch {
	case !ok:
		http.Error(w, "a blob is named by 64 lower-case hexadecimal digits", http.StatusBadRequest)
		return
	case h.config.Store == nil:
		http.Error(w, "no blobs are served here", http.StatusNotFound)
		return
	}
	if r.Method == http.MethodHead {
		if size, ok := h.config.Store.Size(digest); ok {
			h.send(w, r, digest, size, nil)
		} else {
			http.Error(w, ErrNotFound.Error(), http.StatusNotFound)
		}
		return
	}
	file, size, err := h.config.Store.Open(digest)
	switch {
	case errors.Is(err, ErrNotFound):
		http.Error(w, ErrNotFound.Error(), http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "the blob cannot be read", http.StatusInternalServerError)
		return
	}
	defer file.Close()
	h.send(w, r, digest, size, file)
}

func (h *handler) item(w http.ResponseWriter, r *http.Request) {
	root, ok := blobdir.ParseDigest(r.PathValue("root"))
	text := r.PathValue("index")
	index, err := strconv.ParseUint(text, 10, 64)
	if !ok || err != nil || strconv.FormatUint(index, 10) != text {
		http.Error(w, "an item is named by the root of its set, 64 lower-case hexadecimal digits, and its number", http.StatusBadRequest)
		return
	}
	var source dataset.Source
	if h.config.Source != nil {
		source = h.config.Source(root)
	}
	if source == nil {
		http.Error(w, "this data set is not served here", http.StatusNotFound)
		return
	}
	if h.config.Allow != nil {
		if err := h.config.Allow(r, root, index); err != nil {
			http.Error(w, fmt.Sprintf("the item is not opened: %v", err), http.StatusForbidden)
			return
		}
	}
	opening, err := source.Open(r.Context(), index)
	switch {
	case errors.Is(err, dataset.ErrIndex), errors.Is(err, dataset.ErrMissing):
		http.Error(w, "the item is not here", http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "the item cannot be read", http.StatusInternalServerError)
		return
	}
	encoded := opening.Encode()
	h.send(w, r, root, int64(len(encoded)), bytes.NewReader(encoded))
}

// send answers with content that its address determines for ever.
func (h *handler) send(w http.ResponseWriter, r *http.Request, digest [32]byte, size int64, content io.Reader) {
	header := w.Header()
	tag := strconv.Quote(hex.EncodeToString(digest[:]))
	header.Set("ETag", tag)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", "application/octet-stream")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.FormatInt(size, 10))
	if r.Method == http.MethodHead {
		return
	}
	patience := h.config.Grace + time.Duration(size/h.config.MinRate)*time.Second
	// A connection that knows no deadline is bounded by the server's own.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(patience))
	_, _ = io.Copy(w, content) // a reader that is gone has nobody to be told
}
