// Package paced runs a chain of one validator inside a test: the production app under CometBFT, with its RPC, but a block comes only
// when a transaction waits for one or when the test asks for a height. So a story of many epochs takes seconds, and nothing in it
// depends on how fast a machine is.
//
// While no block is due, consensus stands still where it would propose one. All that asks for its state then waits too: /status
// and /consensus_state. Queries of the app, transactions and blocks are answered at once.
package paced
