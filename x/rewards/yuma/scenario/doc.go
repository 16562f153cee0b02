// Package scenario reads networks in the schema agora-yuma/1, runs their epochs with the chain's
// own arithmetic and compares the outcome with what the file expects. A network is one benchmark of a
// subnet: the benchmarks of a subnet are as many networks, which share nothing but who is in them.
//
// A file is JSON, gzipped or plain. Numbers that are not whole travel as decimal strings. The first
// epoch names every power; a power list or row that a later epoch leaves out stands as it was, and
// a row of null is emptied. Bonds carry over from epoch to epoch.
//
// Nothing here reads a clock: the caller hands one in.
package scenario
