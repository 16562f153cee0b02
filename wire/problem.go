package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// ProblemContentType is the media type of a refusal (RFC 9457).
const ProblemContentType = "application/problem+json"

// maxProblemBytes bounds what is read of a refusal.
const maxProblemBytes = 16 << 10

// Code is the stable name of a reason for refusal. Codes are only ever added.
type Code string

// The codes, in the order in which a request is checked.
const (
	CodeMalformed          Code = "malformed_request"
	CodeVersion            Code = "unsupported_version"
	CodeHeadersTooLarge    Code = "headers_too_large"
	CodeBodyTooLarge       Code = "body_too_large"
	CodeWrongChain         Code = "wrong_chain"
	CodeWrongSubnet        Code = "wrong_subnet"
	CodeWrongReceiver      Code = "wrong_receiver"
	CodeStale              Code = "request_stale"
	CodeFuture             Code = "clock_ahead"
	CodeUnauthenticated    Code = "unauthenticated"
	CodeNotPermitted       Code = "not_permitted"
	CodeWrongEpoch         Code = "wrong_epoch"
	CodeNoCredit           Code = "insufficient_credit"
	CodePermitsUnavailable Code = "permits_unavailable"
	CodeBadSignature       Code = "bad_signature"
	CodeBodyMismatch       Code = "body_mismatch"
	CodeReplayed           Code = "replayed"
	CodeReplayStore        Code = "replay_store_unavailable"
	CodeNotFound           Code = "not_found"
	CodeMethodNotAllowed   Code = "method_not_allowed"
	CodeBadRequest         Code = "bad_request"
	CodeOverloaded         Code = "overloaded"
	CodeRateLimited        Code = "rate_limited"
	CodeDraining           Code = "draining"
	CodeEngine             Code = "engine_unavailable"
	CodeDeadline           Code = "deadline_exceeded"
	CodeInternal           Code = "internal"
)

// CodeInfo says what a code means.
type CodeInfo struct {
	Code Code
	// Status is the HTTP status it is sent with.
	Status int
	// Retryable: the same question, signed anew, may succeed without anybody changing anything.
	Retryable bool
	// Title is one line on what happened.
	Title string
	// Remediation is one line on what the caller can do.
	Remediation string
}

var codes = []CodeInfo{
	{CodeMalformed, 400, false, "the request does not have the shape of a signed request", "compare the headers with docs/wire.md and the golden vectors"},
	{CodeVersion, 400, false, "the wire version is not spoken here", "sign with the version that the title of docs/wire.md names"},
	{CodeHeadersTooLarge, 431, false, "the headers are too large", "send only the headers that are needed"},
	{CodeBodyTooLarge, 413, false, "the body is too large", "send a smaller body"},
	{CodeWrongChain, 421, false, "the request is for another chain", "sign with the chain id of the network that the receiver is on"},
	{CodeWrongSubnet, 421, false, "the request is for another subnet", "sign with the netuid that the receiver serves"},
	{CodeWrongReceiver, 421, true, "the request is for another receiver", "read the miner's hotkey and endpoint from the chain again; it may have moved"},
	{CodeStale, 401, true, "the request is too old", "sign it anew and send it at once; if that repeats, set the clock (NTP)"},
	{CodeFuture, 401, false, "the request is from the future", "set the sender's clock (NTP)"},
	{CodeUnauthenticated, 401, false, "the caller is not known", "sign the request, or give the API key as a bearer token"},
	{CodeNotPermitted, 403, false, "the sender may not ask here", "hold a validator permit on the subnet, or ask the receiver's operator to allow the address"},
	{CodeWrongEpoch, 409, true, "the epoch is not the current one", "read the epoch of the subnet from the chain and sign anew"},
	{CodeNoCredit, 402, false, "the sender has no credit here", "pay for more requests"},
	{CodePermitsUnavailable, 503, true, "the receiver has not read the permits of the epoch from the chain yet", "try again in a few seconds"},
	{CodeBadSignature, 401, false, "the signature does not verify", "compare preimage and digest with the golden vectors; sign with the key of the sender"},
	{CodeBodyMismatch, 400, false, "the body is not the one that was signed", "sign the bytes that are sent; let no proxy rewrite them"},
	{CodeReplayed, 409, true, "the nonce was used before", "draw a new nonce for each request"},
	{CodeReplayStore, 503, true, "the receiver cannot record the nonce", "try again later; the receiver's operator finds the reason in its log"},
	{CodeNotFound, 404, false, "there is nothing at this path", "ask for /v1/chat/completions, /v1/completions or /v1/models"},
	{CodeMethodNotAllowed, 405, false, "the path does not take this method", "use the method that the Allow header names"},
	{CodeBadRequest, 400, false, "the body is not a valid question", "correct the field that the detail names"},
	{CodeOverloaded, 503, true, "the receiver has no room for another request", "try again after Retry-After"},
	{CodeRateLimited, 429, true, "the sender has too many requests waiting here", "wait for answers before asking more"},
	{CodeDraining, 503, true, "the receiver is shutting down", "try again after Retry-After"},
	{CodeEngine, 502, true, "the model did not answer", "try again later"},
	{CodeDeadline, 504, true, "the answer took too long", "ask for fewer tokens, or try again later"},
	{CodeInternal, 500, true, "the receiver failed", "try again later; the receiver's operator finds the reason in its log"},
}

var codeIndex = func() map[Code]CodeInfo {
	index := make(map[Code]CodeInfo, len(codes))
	for _, info := range codes {
		index[info.Code] = info
	}
	return index
}()

// Codes lists every registered code in checking order.
func Codes() []CodeInfo { return append([]CodeInfo(nil), codes...) }

// Problem is a refusal: an error on both sides of the wire and the body of the response between them.
type Problem struct {
	// Type is urn:agora:error: followed by the code.
	Type string `json:"type"`
	// Title says what happened, in words that do not change from case to case.
	Title string `json:"title"`
	// Status is the HTTP status.
	Status int `json:"status"`
	// Code is stable; act on it, not on the texts.
	Code Code `json:"code"`
	// Detail says what is particular to this case.
	Detail string `json:"detail,omitempty"`
	// Retryable: the same question, signed anew, may succeed.
	Retryable bool `json:"retryable"`
	// Remediation says what the caller can do.
	Remediation string `json:"remediation"`
	// ServerTimeMillis is the receiver's clock, given with refusals about freshness.
	ServerTimeMillis int64 `json:"server_time_ms,omitempty"`
	// RetryAfter is how long to wait before the next attempt, sent as the Retry-After header in whole seconds.
	RetryAfter time.Duration `json:"-"`
}

// NewProblem makes a refusal of a registered code; an unregistered one becomes [CodeInternal].
func NewProblem(code Code, format string, args ...any) *Problem {
	info, found := codeIndex[code]
	if !found {
		info = codeIndex[CodeInternal]
	}
	return &Problem{
		Type: "urn:agora:error:" + string(info.Code), Title: info.Title, Status: info.Status, Code: info.Code,
		Detail: fmt.Sprintf(format, args...), Retryable: info.Retryable, Remediation: info.Remediation,
	}
}

// Error says what happened and what to do.
func (p *Problem) Error() string {
	text := fmt.Sprintf("%s (%d): %s", p.Code, p.Status, p.Title)
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.Remediation != "" {
		text += "; " + p.Remediation
	}
	return text
}

// Is makes errors.Is(err, wire.NewProblem(code, "")) compare codes.
func (p *Problem) Is(target error) bool {
	other, ok := target.(*Problem) //nolint:errorlint // Is is asked about one error, not a chain
	return ok && other.Code == p.Code
}

// After sets how long the caller should wait and returns p.
func (p *Problem) After(wait time.Duration) *Problem {
	p.RetryAfter = wait
	return p
}

// AsProblem returns the problem in err's chain, or an internal one that does not repeat err's text to the caller.
func AsProblem(err error) *Problem {
	if problem, ok := errors.AsType[*Problem](err); ok {
		return problem
	}
	return NewProblem(CodeInternal, "")
}

// WriteProblem answers with a refusal.
func WriteProblem(w http.ResponseWriter, p *Problem) {
	body, err := json.Marshal(p)
	if err != nil { // no field of a Problem can fail to marshal
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", ProblemContentType)
	h.Set("Cache-Control", "no-store")
	if p.RetryAfter > 0 {
		seconds := int64((p.RetryAfter + time.Second - 1) / time.Second)
		h.Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // the caller has gone; there is nobody to tell
}

// parseProblem reads a refusal off an answer that was not a success. What the other side says about status is not
// believed over the status line, and what it does not say becomes a generic problem.
func parseProblem(status int, h http.Header, body []byte) *Problem {
	p := &Problem{}
	if len(body) > maxProblemBytes || json.Unmarshal(body, p) != nil || p.Code == "" {
		p = &Problem{Title: http.StatusText(status), Detail: "the answer is not a problem+json document"}
		p.Retryable = status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
	}
	p.Status = status
	if seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 16); err == nil {
		p.RetryAfter = time.Duration(seconds) * time.Second //nolint:gosec // 16 bits
	}
	return p
}
