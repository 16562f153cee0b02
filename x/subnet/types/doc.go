// Package types holds the messages, state, errors and parameters of x/subnet: who plays on which
// subnet and what validators said about them. Amounts are in uagora, times in blocks.
package types
