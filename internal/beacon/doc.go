// Package beacon makes and checks the randomness of a block. It imports nothing of the SDK and holds no state.
//
// Each validator registers a key for beacons. Whoever proposes block h proves, with its key, the message
// (chain id, h, beacon of h-1); the proof is hashed into the beacon of h:
//
//	message(h) = "agora/beacon-proof/1" | chain id | height:8 | beacon(h-1)
//	beacon(h)  = sha256("agora/beacon/2" | beacon(h-1) | chain id | height:8 | proof(h))
//
// with integers big-endian and every byte string preceded by its length as 4 bytes. The proof is a BLS signature
// over BLS12-381 (keys in G2, signatures in G1, the IETF draft's basic scheme, by cloudflare/circl). Such a signature is unique: for one key
// and one message there is exactly one, so it is a verifiable random function. A proposer can publish it or give up
// its turn, and nothing else: one bit. The transactions it chooses do not enter.
//
// A proposer without a key adds nothing: its proof is empty, and the beacon only moves on.
package beacon
