// Package onchain connects the miner to the chain through chainclient: what the daemon follows and publishes, and what
// the commands register, claim and show.
package onchain
