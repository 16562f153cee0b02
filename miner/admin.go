package miner

import (
	"fmt"
	"net/http"
	"time"
)

// staleAfter is after how long without a block the miner says that it is not ready.
const staleAfter = time.Minute

// Check is one condition of readiness.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	// Remedy is what to do about it, where Detail does not say so.
	Remedy string `json:"remedy,omitempty"`
}

// Readiness is the body of /readyz.
type Readiness struct {
	Ready   bool    `json:"ready"`
	Address string  `json:"address"`
	Model   string  `json:"model"`
	Height  int64   `json:"height"`
	Epoch   uint64  `json:"epoch"`
	Permits int     `json:"permits"`
	Checks  []Check `json:"checks"`
}

// checkBackend is the name of the check of a server behind the miner.
const checkBackend = "backend"

// readiness says whether validators can find and ask this miner, and if not, what to do.
func (m *Miner) readiness() Readiness {
	s := m.state.snapshot()
	r := Readiness{
		Ready: true, Address: m.options.Signer.Address(), Model: m.options.Engine.Info().Model,
		Height: s.view.Height, Epoch: s.view.Epoch, Permits: len(s.view.Permits),
	}
	check := func(name string, ok bool, good, bad string) {
		detail := good
		if !ok {
			detail, r.Ready = bad, false
		}
		r.Checks = append(r.Checks, Check{Name: name, OK: ok, Detail: detail})
	}
	age := m.now().Sub(s.seenAt)
	chainOK := s.trouble == nil && !s.seenAt.IsZero() && age < staleAfter
	chainBad := "no block has been read yet"
	switch {
	case s.trouble != nil:
		chainBad = s.trouble.Error()
	case !s.seenAt.IsZero():
		chainBad = fmt.Sprintf("no new block for %s; is the chain halted, or the node cut off?", age.Round(time.Second))
	}
	check("chain", chainOK, fmt.Sprintf("block %d", s.view.Height), chainBad)
	switch {
	case s.view.Paused:
		check("subnet", true, "paused by governance: nobody asks until it is resumed", "")
	case s.view.Removed:
		check("subnet", false, "", "removed from the chain: register on another one and set netuid")
	}
	switch {
	case s.view.Miner != nil:
		check("registered", true, fmt.Sprintf("uid %d, miner id %d", s.view.Miner.UID, s.view.Miner.ID), "")
	case s.view.Removed:
		check("registered", false, "", "the subnet on which it was is gone")
	case s.seenAt.IsZero():
		check("registered", false, "", "not known before a block has been read")
	default:
		check("registered", false, "", "not registered on the subnet: run "+m.howToRegister())
	}
	publishBad := "the record on the chain does not name this endpoint yet"
	if s.publishTrouble != nil {
		publishBad = s.publishTrouble.Error()
	}
	check("published", s.published, m.desired.endpoint(), publishBad)
	if m.backend != nil {
		backend := m.backend.check()
		r.Ready = r.Ready && backend.OK
		r.Checks = append(r.Checks, backend)
	}
	check("accepting", !s.draining, "questions are taken", "the miner is shutting down")
	return r
}

func (s Served) endpoint() string {
	if len(s.Endpoints) == 0 {
		return ""
	}
	return s.Endpoints[0]
}

// adminRoutes serves the operator.
func (m *Miner) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.metrics.handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		r := m.readiness()
		status := http.StatusOK
		if !r.Ready {
			status = http.StatusServiceUnavailable
		}
		writeJSON(w, status, r)
	})
	return mux
}
