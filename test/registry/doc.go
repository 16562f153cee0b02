// Package registry tells the lives of x/subnet from end to end, each as a story with the real command line against a real node:
// a subnet, a miner, parameters, benchmarks, scores with all their refusals, hotkeys. The stories are testdata/script/*.txtar; every
// one has a chain of its own that makes blocks as it needs them (package paced). It also runs, block by block, the commands of
// docs/for-subnet-owners.md against such a chain, so that a newcomer can copy them.
//
// There is no code here but tests, and the commands that the stories have besides those of testscript and of package script
// (commands_test.go).
package registry
