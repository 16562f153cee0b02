// Package cli holds the commands of x/subnet that read or write files people edit; every other
// command is derived from the services.
package cli
