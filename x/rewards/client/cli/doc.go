// Package cli holds the commands of x/rewards that AutoCLI cannot derive.
package cli
