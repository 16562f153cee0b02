// Package cli is the command line of the validator daemon. Exit codes: 0 success, 1 failure, 2 a command line that cannot
// be understood, 3 a check that found something wrong (doctor, status, replay).
package cli
