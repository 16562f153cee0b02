package pricing

import (
	"math/bits"

	"github.com/agora-network/agora/internal/halflife"
)

// MaxPrice bounds every price, so that sums of prices stay far from overflow.
const MaxPrice = uint64(1) << 62

// BasisPoints is the whole, in basis points.
const BasisPoints = 10_000

// Deposit returns what a subnet registration locks, elapsed blocks after the deposit was set to
// price: it falls in a straight line and reaches floor after decay blocks. A price below the floor
// counts as the floor; with decay 0 the floor is reached at once.
func Deposit(price, floor, elapsed, decay uint64) uint64 {
	if price <= floor || elapsed >= decay {
		return floor
	}
	if elapsed == 0 {
		return price
	}
	// decay-elapsed < decay, so the quotient fits 64 bits.
	hi, lo := bits.Mul64(price-floor, decay-elapsed)
	quotient, _ := bits.Div64(hi, lo, decay)
	return floor + quotient
}

// Doubled returns twice the deposit, at most MaxPrice.
func Doubled(price uint64) uint64 {
	if price > MaxPrice/2 {
		return MaxPrice
	}
	return 2 * price
}

// Burn returns what a miner registration burns, elapsed blocks after the price was set: it halves
// every halfLife blocks, smoothly in between, and stays within min and max. With halfLife 0 the
// minimum is reached at once.
func Burn(price, elapsed, halfLife, minimum, maximum uint64) uint64 {
	if halfLife == 0 {
		if elapsed > 0 {
			return minimum
		}
		return Clamp(price, minimum, maximum)
	}
	return Clamp(halflife.Decay(min(price, MaxPrice), elapsed, halfLife), minimum, maximum)
}

// Raised returns the price after a registration: multiplied by increaseBP / 10,000, rounded up, within
// minimum and maximum.
func Raised(price uint64, increaseBP uint32, minimum, maximum uint64) uint64 {
	hi, lo := bits.Mul64(min(price, MaxPrice), uint64(increaseBP))
	lo, carry := bits.Add64(lo, BasisPoints-1, 0)
	hi += carry
	if hi >= BasisPoints {
		return maximum
	}
	quotient, _ := bits.Div64(hi, lo, BasisPoints)
	return Clamp(quotient, minimum, maximum)
}

// Part returns partBP / 10,000 of an amount, rounded up; all of it when partBP is the whole or more.
func Part(amount uint64, partBP uint32) uint64 {
	if partBP >= BasisPoints {
		return amount
	}
	hi, lo := bits.Mul64(amount, uint64(partBP))
	// partBP < BasisPoints, so the quotient fits 64 bits.
	quotient, remainder := bits.Div64(hi, lo, BasisPoints)
	if remainder > 0 {
		quotient++
	}
	return quotient
}

// Clamp returns the price nearest to price within minimum and maximum; the maximum wins when they cross.
func Clamp(price, minimum, maximum uint64) uint64 {
	return min(max(price, minimum), maximum)
}
