// Package store is the durable memory of a validator: the row of every epoch and
// benchmark with its salt and how far it came, and the running score of every miner on every benchmark. Each change is one transaction that is on disk when the call returns.
//
// A [Store] may be used by many goroutines; its file is locked against other processes.
package store
