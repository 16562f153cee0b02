// Package chainclient is how a daemon talks to the chain: typed queries at a pinned height, transactions that are read
// back after they were sent, keys, and the stream of new blocks, over any number of CometBFT RPC endpoints.
//
//   - [Client] picks an endpoint that is reachable, on the right chain and not catching up, and moves to the next one
//     when it stops being so. Every answer is bounded in time and in size.
//   - [Client.At] is a connection for generated query clients, pinned to a height, so that several reads see one state.
//   - [Client.Follow] calls back for every block in order, by polling at the pace of the chain.
//   - [Sender] signs with one key, sends, and waits until the transaction is in a block. Scores and other messages
//     without a mutual order go as unordered transactions.
//   - [Key] is a key of the keyring held in memory; it also signs requests to miners.
//
// The package links neither the chain's application nor its keepers: it builds transactions directly from their
// protobuf types, which keeps the daemons small. [Client] and [Sender] may be used by many goroutines at once.
package chainclient
