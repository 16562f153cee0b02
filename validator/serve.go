package validator

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler serves the operator's pages: /healthz says that the process works, /readyz that the last commit was read back
// from the chain (503 with the reasons otherwise), /status everything as JSON, /metrics the numbers.
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

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the caller has gone
}
