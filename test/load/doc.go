// Command load measures how much scoring a network of real nodes takes: it makes a chain whose subnets have thousands of
// miners from the first block on, starts its nodes as processes of this machine, has the validators' hotkeys commit and
// reveal rows at growing rates, and reads from the blocks what came of it. "make bench-chain" runs it.
//
// The load is offered on a schedule, not when the answer to the message before has come: a network that cannot follow
// shows it by longer blocks and a fuller mempool, not by a lower rate. Messages are signed and sent as the validator
// program does: unordered transactions of hotkeys that own nothing, paid for by a fee grant.
package main
