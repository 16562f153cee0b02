// Package pricing computes what registrations cost, in integers only: the same bits on every node.
//
// It imports nothing of the SDK and holds no state. Amounts are in uagora, times in blocks. Where a
// division does not come out even, a decaying price is rounded down, in favour of whoever registers,
// and a rising price is rounded up, so that it always moves.
package pricing
