// Package repotest tests the repository itself: what no compiler and no linter checks, and what
// decays unless something fails. It has no code of its own.
package repotest
