//go:build unix

package main

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNobodyIsWokenBeforeTheInstant(t *testing.T) {
	var sleepers sync.WaitGroup
	for i := range 20 {
		due := time.Now().Add(time.Duration(i-2) * time.Millisecond)
		sleepers.Go(func() {
			for range 2 { // the second time it is over
				if err := sleepUntil(due); err != nil {
					t.Error(err)
				}
				if early := time.Until(due); early > 0 {
					t.Errorf("woken %s early", early)
				}
			}
		})
	}
	sleepers.Wait()
	require.NoError(t, sleepUntil(time.Time{}))
}
