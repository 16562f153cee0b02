//go:build unix

package main

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/wire"
)

func TestQuantilesAreThoseOfTheSortedLatencies(t *testing.T) {
	var latencies []time.Duration
	for i := range 100 {
		latencies = append(latencies, time.Duration(99-i)*time.Millisecond)
	}
	q := quantilesOf(latencies)
	require.Equal(t, quantiles{50 * time.Millisecond, 95 * time.Millisecond, 99 * time.Millisecond}, q)
	require.Equal(t, "50.00 / 95.00 / 99.00", q.String())
	require.Equal(t, quantiles{}, q.minus(q))
	require.Equal(t, quantiles{}, quantilesOf(nil))
}

func TestTheMedianRoundCounts(t *testing.T) {
	at := func(direct, miner time.Duration) added {
		return added{direct: quantiles{direct}, miner: quantiles{miner}}
	}
	rounds := []added{at(20, 29), at(21, 22), at(23, 26)}
	require.Equal(t, at(23, 26), medianRound(rounds))
	require.Equal(t, 3*time.Nanosecond, medianRound(rounds).median())
	require.Equal(t, at(20, 29), rounds[0], "the order of the rounds stays, as all are shown")
}

func TestTheWarmUpDoesNotCount(t *testing.T) {
	var warmUps []bool
	results, err := rounds(2, func(warmUp bool) (int, error) {
		warmUps = append(warmUps, warmUp)
		return len(warmUps), nil
	})
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, results)
	require.Equal(t, []bool{true, false, false}, warmUps)

	failed := errors.New("failed")
	_, err = rounds(2, func(bool) (int, error) { return 0, failed })
	require.ErrorIs(t, err, failed)
}

func TestAnAnswerWithoutAValidReceiptDoesNotCount(t *testing.T) {
	c := newCaller()
	defer c.close()
	x, err := c.prepare(t.Context(), "http://127.0.0.1:1", true, false)
	require.NoError(t, err)
	require.NoError(t, x.signed.Verify())
	require.ErrorIs(t, c.check(x), wire.ErrReceipt)

	x.body = []byte("answer")
	receipt, err := wire.NewReceipt(minerKey(), x.signed.Digest(), http.StatusOK, wire.BodyDigest(x.body))
	require.NoError(t, err)
	x.receipt = receipt.String()
	require.NoError(t, c.check(x))
	x.body = []byte("another")
	require.ErrorIs(t, c.check(x), wire.ErrReceipt)
}
