// Package types holds what x/rewards shows to the world: messages, queries, events, errors,
// parameters and genesis, and the interfaces that it asks of other modules. Amounts are uagora in
// uint64; the supply cap keeps every sum far below its range.
package types
