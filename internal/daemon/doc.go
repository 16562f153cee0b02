// Package daemon is what the command lines of the daemons have in common: exit codes and how errors are printed, results
// in words or as JSON, the commands init, version and keys add, and the way from a configuration to a logger, a keyring
// and a client of the chain.
//
// A daemon builds its root with [Root] from its own commands and these, and runs it with [Main]. What only looks alike in
// two daemons, such as the pages of their operators, stays with each.
package daemon
