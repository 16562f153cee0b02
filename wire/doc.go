// Package wire carries a question from one party of the network to another so that both can later show what was asked
// and what was answered.
//
// A request is signed by its sender over everything that gives it meaning: chain, subnet, method, target, body, nonce,
// receiver and epoch. The answer is signed by the receiver over the digest of that request, the status and the body:
// a [Receipt]. The formats are fixed by the golden vectors in testdata and described for other languages in
// docs/wire.md.
//
// [Server] wraps an http.Handler and lets nothing through that is not well formed, addressed to it, fresh, permitted,
// signed and new, in that order, so an unknown caller costs a map lookup and never a model run. [Client] signs, sends,
// bounds and verifies. [BoltReplay] remembers nonces across restarts.
//
// Every exported type is safe for concurrent use unless its comment says otherwise. The package knows nothing of the
// chain: permits come in as a function, keys as a [Signer], time as a clock.
package wire
