// Package app is the Agora chain: which modules it is made of, in which order they run, and what a
// proposal must satisfy. It holds no rule of the market itself: those live in x/subnet and x/rewards.
//
// Everything under this package and x/ is consensus code: no float, no map range, no goroutine, no wall clock.
package app
