// Package keeper holds the state of x/subnet and the rules by which it changes.
//
// Everything here is consensus: integers only, no map order, no clock, every loop bounded.
// Methods are called by one goroutine per context, as the SDK does.
package keeper
