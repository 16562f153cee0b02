// Package localnet runs a whole Agora network on one machine: consensus nodes,
// validators and miners as separate processes over loopback, with real keys, a
// real genesis and real transactions. It is what "agorad localnet" does.
//
// One supervisor process per home directory owns the others and answers on a
// unix socket; every other command is a client of it, or reads the files that
// the home holds while no supervisor runs. A lock on the home keeps a second
// supervisor out.
//
// The network it makes is for one machine and one user: its keys lie unencrypted
// in the home and everything listens on 127.0.0.1 only.
package localnet
