//go:build unix && !linux

package main

import "time"

// sleepUntil returns at an instant, at once when that is over, as exactly as the runtime's timers are.
func sleepUntil(due time.Time) error {
	time.Sleep(time.Until(due))
	return nil
}
