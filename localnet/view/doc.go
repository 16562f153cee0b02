// Package view is what people see of a local network: the snapshot that
// "agorad localnet status --json" prints, and the table that is drawn of it.
package view
