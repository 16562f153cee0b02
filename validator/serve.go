package validator

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/store"
)

// Handler serves the operator's pages: /healthz says that the process works, /readyz that the last commit was read back
// from the chain (503 with the reasons otherwise), /status everything as JSON, /metrics the numbers,
// /evidence/<netuid>/<epoch> the evidence of a row, with ?benchmark=<number> of another benchmark than 0.
func (d *Daemon) Handler(metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if status := d.Status(); !status.Ready {
			writeText(w, http.StatusServiceUnavailable, "not ready\n"+strings.Join(status.Reasons, "\n"))
			return
		}
		writeText(w, http.StatusOK, "ready")
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(d.Status()) // the caller has gone
	})
	mux.HandleFunc("GET /evidence/{netuid}/{epoch}", d.serveEvidence)
	pages := promhttp.HandlerFor(metrics, promhttp.HandlerOpts{})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		d.metrics.ready.Set(0)
		if d.Status().Ready {
			d.metrics.ready.Set(1)
		}
		pages.ServeHTTP(w, r)
	})
	return mux
}

// serveEvidence answers with the evidence of the row of an epoch, as it is stored.
func (d *Daemon) serveEvidence(w http.ResponseWriter, r *http.Request) {
	netuid, netuidErr := strconv.ParseUint(r.PathValue("netuid"), 10, 32)
	epoch, epochErr := strconv.ParseUint(r.PathValue("epoch"), 10, 64)
	number, numberErr := strconv.ParseUint(cmp.Or(r.URL.Query().Get("benchmark"), "0"), 10, 32)
	if err := errors.Join(netuidErr, epochErr, numberErr); err != nil {
		writeText(w, http.StatusBadRequest, err.Error())
		return
	}
	key := store.Key{Netuid: uint32(netuid), Epoch: epoch, Benchmark: uint32(number), Hotkey: d.options.Hotkey}
	switch blob, err := LoadEvidence(d.options.Store, d.options.Evidence, key); {
	case errors.Is(err, evidence.ErrNotFound):
		writeText(w, http.StatusNotFound, err.Error())
	case err != nil:
		writeText(w, http.StatusInternalServerError, err.Error())
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(blob) // the caller has gone
	}
}

// LoadEvidence reads the stored evidence of a row. The error wraps [evidence.ErrNotFound] where there is none.
func LoadEvidence(rows *store.Store, blobs *evidence.Store, key store.Key) ([]byte, error) {
	row, found, err := rows.Round(key)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%w: no row of %s was made, or it is older than what is kept", evidence.ErrNotFound, key)
	}
	digest, err := hex.DecodeString(row.Evidence)
	if err != nil || len(digest) != 32 {
		return nil, fmt.Errorf("the row of %s names its evidence %q, which is not a digest", key, row.Evidence)
	}
	return blobs.Get([32]byte(digest))
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the caller has gone
}
