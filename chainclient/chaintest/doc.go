// Package chaintest is a chain node for tests: it speaks the part of CometBFT's JSON-RPC that daemons use, makes a
// block when the test says so, and answers queries and transactions with functions of the test.
package chaintest
