// Package genesis makes the files that a chain on one machine begins with: keys,
// node homes and the genesis document. It is plain file work in one process: no
// program is started and nothing is asked of a network.
package genesis
