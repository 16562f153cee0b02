// Package scorehash computes the hash by which a score commit binds the row that is revealed later.
//
// The chain and the validator daemon both import it, so that what one commits the other can open.
// It imports nothing of the SDK, holds no state, and its functions may be called at once from
// anywhere. Its encoding is part of the protocol: it changes only together with Domain.
package scorehash
