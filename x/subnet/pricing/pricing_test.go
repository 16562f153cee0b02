package pricing

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDepositFallsInAStraightLineToItsFloor(t *testing.T) {
	for _, tc := range []struct {
		name                         string
		price, floor, elapsed, decay uint64
		want                         uint64
	}{
		{"it begins at the price", 2000, 1000, 0, 100, 2000},
		{"it has fallen by half of the difference at half time", 2000, 1000, 50, 100, 1500},
		{"it rounds down", 2000, 1000, 1, 3, 1666},
		{"it reaches the floor when the time is over", 2000, 1000, 100, 100, 1000},
		{"it stays at the floor after that", 2000, 1000, 1000, 100, 1000},
		{"a price below the floor counts as the floor", 500, 1000, 0, 100, 1000},
		{"without a decay time the floor is reached at once", 2000, 1000, 0, 0, 1000},
		{"the largest figures do not overflow", MaxPrice, 0, 1, ^uint64(0), MaxPrice - 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, Deposit(tc.price, tc.floor, tc.elapsed, tc.decay))
		})
	}
}

func TestDepositAgreesWithExactArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price, floor := rapid.Uint64Max(MaxPrice).Draw(t, "price"), rapid.Uint64Max(MaxPrice).Draw(t, "floor")
		elapsed, decay := rapid.Uint64().Draw(t, "elapsed"), rapid.Uint64().Draw(t, "decay")
		want := floor
		if price > floor && elapsed < decay {
			left := new(big.Int).SetUint64(price - floor)
			left.Mul(left, new(big.Int).SetUint64(decay-elapsed))
			want += left.Div(left, new(big.Int).SetUint64(decay)).Uint64()
		}
		require.Equal(t, want, Deposit(price, floor, elapsed, decay))
	})
}

func TestDoubledStopsAtTheGreatestPrice(t *testing.T) {
	require.EqualValues(t, 2000, Doubled(1000))
	require.Equal(t, MaxPrice, Doubled(MaxPrice/2+1))
	require.Equal(t, MaxPrice, Doubled(^uint64(0)))
}

func TestBurnHalvesExactlyAtEachHalfLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Uint64Max(MaxPrice).Draw(t, "price")
		halfLife := rapid.Uint64Range(1, 1_000_000).Draw(t, "half life")
		times := rapid.Uint64Max(70).Draw(t, "half lives")
		want := uint64(0)
		if times < 64 {
			want = price >> times
		}
		require.Equal(t, want, Burn(price, times*halfLife, halfLife, 0, MaxPrice))
	})
}

func TestBurnNeverRisesWhileNobodyRegisters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Uint64Max(MaxPrice).Draw(t, "price")
		halfLife := rapid.Uint64Range(1, 1_000_000).Draw(t, "half life")
		elapsed := rapid.Uint64Max(100*halfLife).Draw(t, "elapsed")
		require.LessOrEqual(t, Burn(price, elapsed+1, halfLife, 0, MaxPrice), Burn(price, elapsed, halfLife, 0, MaxPrice))
	})
}

func TestBurnStaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Uint64Max(MaxPrice).Draw(t, "min")
		high := rapid.Uint64Range(low, MaxPrice).Draw(t, "max")
		price := Burn(rapid.Uint64().Draw(t, "price"), rapid.Uint64().Draw(t, "elapsed"), rapid.Uint64Max(1_000_000).Draw(t, "half life"), low, high)
		require.GreaterOrEqual(t, price, low)
		require.LessOrEqual(t, price, high)
		raised := Raised(price, rapid.Uint32().Draw(t, "increase"), low, high)
		require.GreaterOrEqual(t, raised, low)
		require.LessOrEqual(t, raised, high)
	})
}

// The reference takes the exponential with 200 bits: 2^(-r/h) is the h-th root of 2^-r, so x is right
// exactly when x^h <= price^h / 2^r < (x+1)^h. A relative error of 2^-57 may move x by one unit per 2^57.
func TestBurnAgreesWithExactArithmeticBetweenHalfLives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Uint64Range(1, 1<<40).Draw(t, "price")
		halfLife := rapid.Uint64Range(1, 400).Draw(t, "half life")
		elapsed := rapid.Uint64Max(halfLife-1).Draw(t, "elapsed")
		got := Burn(price, elapsed, halfLife, 0, MaxPrice)
		exact := func(x uint64) bool { // x <= price x 2^(-elapsed/halfLife)
			power := new(big.Int).SetUint64(halfLife)
			left := new(big.Int).Exp(new(big.Int).SetUint64(x), power, nil)
			right := new(big.Int).Exp(new(big.Int).SetUint64(price), power, nil)
			return left.Lsh(left, uint(elapsed)).Cmp(right) <= 0
		}
		require.True(t, exact(got), "%d is too much", got)
		require.False(t, exact(got+2), "%d is too little", got)
	})
}

func TestBurnWithoutAHalfLifeFallsAtOnce(t *testing.T) {
	require.EqualValues(t, 900, Burn(900, 0, 0, 100, 1000))
	require.EqualValues(t, 100, Burn(900, 1, 0, 100, 1000))
}

func TestRaisedMultipliesAndRoundsUp(t *testing.T) {
	for _, tc := range []struct {
		name       string
		price      uint64
		increaseBP uint32
		want       uint64
	}{
		{"1.26 times", 1_000_000, 12_600, 1_260_000},
		{"a price of 1 still rises", 1, 12_600, 2},
		{"a factor of 1 changes nothing", 777, 10_000, 777},
		{"it stops at the greatest price", 900_000_000, 12_600, 1_000_000_000},
		{"the largest figures do not overflow", ^uint64(0), ^uint32(0), 1_000_000_000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, Raised(tc.price, tc.increaseBP, 1, 1_000_000_000))
		})
	}
}

// Golden values: a node that computes others is on another chain.
func TestBurnGivesTheGoldenValues(t *testing.T) {
	for elapsed, want := range map[uint64]uint64{0: 1_000_000_000, 1: 998_076_443, 90: 840_896_415, 180: 707_106_781, 359: 500_963_631, 360: 500_000_000, 3600: 976_562} {
		require.Equal(t, want, Burn(1_000_000_000, elapsed, 360, 0, MaxPrice), "after %d blocks", elapsed)
	}
}

func FuzzPricesNeverPanic(f *testing.F) {
	f.Add(uint64(1000), uint64(10), uint64(100), uint64(1), uint64(1<<40), uint32(12_600))
	f.Fuzz(func(t *testing.T, price, elapsed, span, low, high uint64, increase uint32) {
		Deposit(price, low, elapsed, span)
		Raised(price, increase, low, high)
		if got := Burn(price, elapsed, span, low, high); got > high {
			t.Errorf("%d is above %d", got, high)
		}
	})
}

func TestAPartIsRoundedUpAndNeverMoreThanTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount, part := rapid.Uint64().Draw(t, "amount"), rapid.Uint32Range(0, 20_000).Draw(t, "part")
		got := new(big.Int).SetUint64(Part(amount, part))
		want := new(big.Int).Mul(new(big.Int).SetUint64(amount), big.NewInt(int64(min(part, 10_000))))
		want.Add(want, big.NewInt(9_999)).Div(want, big.NewInt(10_000))
		require.Zero(t, want.Cmp(got), "%d basis points of %d are %s, not %s", part, amount, want, got)
	})
}
