// Package e2e tests the whole of Agora at once: the programs are built, a network
// of them runs over loopback, and the tests look at it as a user would, from
// outside. There is no code here but tests.
package e2e
