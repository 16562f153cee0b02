//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets this program be the other processes of a round.
func TestMain(m *testing.M) {
	for _, arg := range os.Args[1:] {
		if strings.HasPrefix(arg, "-role=") {
			main()
			return
		}
	}
	os.Exit(m.Run())
}

func small() settings { return settings{miners: 3, items: 2, rounds: 2} }

func TestRoundsAreWholeAndTheirEvidenceIsOnDisk(t *testing.T) {
	s := small()
	rounds, miners, err := measureRounds(t.Context(), s)
	require.NoError(t, err)
	require.Len(t, rounds, unsettledRounds+s.rounds)
	require.Len(t, miners, unsettledRounds+s.rounds)
	for i, round := range rounds {
		require.Equal(t, s.miners*s.items, round.Right)
		require.Empty(t, round.Reasons)
		require.Positive(t, round.Wall)
		require.Positive(t, round.Peak)
		require.Greater(t, round.Evidence, s.miners*s.items*300, "receipts and digests")
		require.GreaterOrEqual(t, round.CPU, round.System)
		require.GreaterOrEqual(t, miners[i], time.Duration(0))
	}
}

func TestAProcessThatHasGoneIsAnError(t *testing.T) {
	c, err := startChild(t.Context(), "process", nil, "-role=none")
	require.NoError(t, err)
	var answer bool
	require.ErrorContains(t, errors.Join(c.ask(1, &answer), c.command.Wait()), "process")
}

func TestAMissedBarIsRemembered(t *testing.T) {
	var out bytes.Buffer
	table := &table{out: &out}
	table.time("fast", time.Microsecond, 2*time.Microsecond)
	require.Empty(t, table.missed)
	table.time("  slow", 3*time.Microsecond, 2*time.Microsecond)
	require.Equal(t, []string{"slow"}, table.missed)
	require.Contains(t, out.String(), "MISSED")
}

func TestTheRankingIsCheaperThanTheTestOfFixedSize(t *testing.T) {
	r, err := measureRanking(50)
	require.NoError(t, err)
	require.Less(t, r.tuned.Mean, r.fixed90)
	require.Less(t, r.fixed90, r.fixed99)
	require.Less(t, r.tuned.Mean, r.tallied.Mean)
}

func TestProcessorTimeStopsAtTheFirstFailure(t *testing.T) {
	failed := errors.New("failed")
	calls := 0
	_, err := processorTimeOf(func() error {
		if calls++; calls == 3 {
			return failed
		}
		return nil
	})
	require.ErrorIs(t, err, failed)
	require.Equal(t, 3, calls)
}
