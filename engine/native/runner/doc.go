// Package runner steps all requests of one model together: each step appends one
// token to every running completion and feeds what room is left with prompts, so
// that a weight is read once for all of them (continuous batching). What a
// request computes does not depend on the others.
//
// There is no goroutine of its own. The goroutines of the requests take turns:
// whoever waits for its request and gets the turn steps everybody once. A single
// request therefore runs without a single switch.
package runner
