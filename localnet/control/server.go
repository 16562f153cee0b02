package control

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"
)

// Supervisor is what the commands may ask for.
type Supervisor interface {
	// Snapshot returns the state of the network as a value that encodes to JSON.
	Snapshot() any
	// Stop ends a program and returns when it is gone.
	Stop(ctx context.Context, name string) error
	// Start runs a stopped or crashed program again.
	Start(ctx context.Context, name string) error
	// Kill ends a program without warning, as a power cut would.
	Kill(ctx context.Context, name string) error
	// Down begins to stop the whole network and returns at once.
	Down()
}

// NotFound marks an error about a name that the network does not know.
type NotFound interface{ NotFound() bool }

// failure is the body of an answer that is not 200.
type failure struct {
	Error string `json:"error"`
}

// Serve answers on the listener until the context ends.
func Serve(ctx context.Context, listener net.Listener, supervisor Supervisor) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, supervisor.Snapshot())
	})
	for action, do := range map[string]func(context.Context, string) error{
		"stop": supervisor.Stop, "start": supervisor.Start, "kill": supervisor.Kill,
	} {
		mux.HandleFunc("POST /v1/programs/{name}/"+action, func(w http.ResponseWriter, r *http.Request) {
			err := do(r.Context(), r.PathValue("name"))
			var notFound NotFound
			switch {
			case err == nil:
				reply(w, http.StatusOK, struct{}{})
			case errors.As(err, &notFound) && notFound.NotFound():
				reply(w, http.StatusNotFound, failure{err.Error()})
			default:
				reply(w, http.StatusConflict, failure{err.Error()})
			}
		})
	}
	mux.HandleFunc("POST /v1/down", func(w http.ResponseWriter, _ *http.Request) {
		supervisor.Down()
		reply(w, http.StatusOK, struct{}{})
	})

	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		_ = server.Close()
	}()
	err := server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		<-stopped
		return nil
	}
	return err
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller hung up: nobody to tell
}
