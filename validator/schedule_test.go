package validator

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func TestTheScheduleOfAnEpoch(t *testing.T) {
	for name, test := range map[string]struct {
		tempo              int64
		from, until, close int64
	}{
		"ten blocks":                     {10, 101, 105, 107},
		"three hundred and sixty blocks": {360, 118, 315, 352},
		"four blocks":                    {4, 101, 101, 102},
		"two blocks leave one to commit": {2, 101, 101, 102},
		"an epoch of one block is hasty": {1, 100, 100, 101},
		"a hundred thousand blocks a go": {100_000, 5100, 60_099, 70_100},
		"seven blocks are rounded down":  {7, 101, 103, 104},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSchedule(subnettypes.Epoch{StartHeight: 100, EndHeight: 100 + test.tempo - 1})
			require.Equal(t, schedule{askFrom: test.from, askUntil: test.until, closeAt: test.close}, s)
		})
	}
}

func TestQuestionsAreSpreadEvenlyAndNoneIsForgotten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.Int64Range(1, 1<<40).Draw(t, "start")
		tempo := rapid.Int64Range(4, 100_000).Draw(t, "tempo")
		count := rapid.IntRange(1, 100_000).Draw(t, "count")
		s := newSchedule(subnettypes.Epoch{StartHeight: start, EndHeight: start + tempo - 1})
		require.Greater(t, s.askFrom, start, "miners get a block to notice the epoch")
		end := start + tempo - 1
		require.Less(t, s.closeAt, end, "at least one block is left to commit in")
		require.GreaterOrEqual(t, 10*(end-s.closeAt), 3*tempo-20, "mostly three tenths of the epoch are")
		index := rapid.IntRange(0, count-1).Draw(t, "index")
		due := s.due(index, count)
		require.GreaterOrEqual(t, due, s.askFrom)
		require.LessOrEqual(t, due, s.askUntil)
		if index > 0 {
			require.LessOrEqual(t, s.due(index-1, count), due)
		}
	})
}
