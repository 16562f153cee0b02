// Package cli is the command line of the miner.
//
// Commands end with status 0, with 2 when they were called wrongly, and with 1 when they failed. Results go to standard
// output, in words or with --output json as one JSON document; errors and logs go to standard error.
package cli
