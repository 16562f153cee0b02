// Package halflife computes exponential decay in integers only: the same bits on every node. Prices of
// registrations and the smoothed shares of emission votes go by it.
//
// It imports nothing and holds no state. Results are rounded down, so that what decays reaches 0.
package halflife
