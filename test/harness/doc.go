// Package harness runs whole networks of Agora's own programs for the tests
// below test/: it builds the programs, brings a network up on loopback, shows its
// logs where a test failed, and leaves nothing behind.
package harness
