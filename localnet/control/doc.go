// Package control is how commands talk to the supervisor of a local network: a
// few HTTP requests over a unix socket that only its owner may open.
package control
