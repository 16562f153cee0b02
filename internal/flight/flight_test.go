package flight_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/flight"
)

func TestCallersAtTheSameTimeShareOneEffortAndItsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var group flight.Group[string, int]
		failed := errors.New("failed")
		release := make(chan struct{})
		runs := 0
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				value, err := group.Do(t.Context(), "key", func(context.Context) (int, error) {
					runs++
					<-release
					return 7, failed
				})
				if value != 7 || !errors.Is(err, failed) {
					t.Errorf("got %d, %v", value, err)
				}
			})
		}
		synctest.Wait()
		other, err := group.Do(t.Context(), "other", func(context.Context) (int, error) { return 1, nil })
		require.NoError(t, err)
		require.Equal(t, 1, other, "another key does not wait")
		close(release)
		all.Wait()
		require.Equal(t, 1, runs)
		again, err := group.Do(t.Context(), "key", func(context.Context) (int, error) { return 2, nil })
		require.NoError(t, err)
		require.Equal(t, 2, again, "nothing is remembered")
	})
}

func TestAnEffortGoesOnWhileSomebodyWaitsAndStopsWithTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var group flight.Group[int, string]
		stopped := false
		first, leaveFirst := context.WithCancel(t.Context())
		second, leaveSecond := context.WithCancel(t.Context())
		work := func(ctx context.Context) (string, error) {
			<-ctx.Done()
			stopped = true
			return "", ctx.Err()
		}
		var all sync.WaitGroup
		for _, ctx := range []context.Context{first, second} {
			all.Go(func() {
				if _, err := group.Do(ctx, 1, work); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		leaveFirst()
		synctest.Wait()
		require.False(t, stopped)
		leaveSecond()
		synctest.Wait()
		require.True(t, stopped)
		all.Wait()
		_, err := group.Do(first, 1, work)
		require.ErrorIs(t, err, context.Canceled, "who has left already does not start")
	})
}
