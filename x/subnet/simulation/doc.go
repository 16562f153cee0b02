// Package simulation drives x/subnet with random transactions: subnets that come and go, miners that
// replace each other, validators that appoint hotkeys, commit and open scores, rightly or not.
//
// It knows what must become of every message that it makes: a right one has to succeed, a wrong one has
// to be refused with the error that its fault deserves; anything else fails the simulation. Only tests
// link it. One Operations serves one chain; nothing in it may run at once.
package simulation
