// Package backend makes the engine that a miner's backend setting names: an embedded or stored model, an
// OpenAI-compatible server, or one of two adversaries.
//
// The adversaries exist so that a test network can show that they earn nothing. Guess answers in the right form without
// running any model. Replay answers with what an honest backend said earlier to another question of the same kind.
// Neither is of any use on a network that pays.
package backend
