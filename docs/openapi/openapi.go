// Package openapi holds the description of the REST interface that a node serves: OpenAPI 2.0, made
// from proto/ by `make proto`, with every query of x/subnet and x/rewards.
package openapi

import (
	_ "embed"
	"net/http"
)

// Path at which a node's REST server has the file.
const Path = "/openapi.json"

// File is the description, JSON.
//
//go:embed openapi.json
var File []byte

// Serve answers any request with the file. It may be called by several goroutines at once.
func Serve(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(File) // the reader has gone, nobody can be told
}
