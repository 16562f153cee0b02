// Package free breaks every rule where none applies: below a folder named client.
package free

import (
	"math/rand/v2"
	"os"
	"time"
)

//consensus:allow nothing
func free(m map[string]float64) chan time.Time {
	c := make(chan time.Time)
	for range m {
		go func() { c <- time.Now() }()
	}
	_, _ = rand.Int(), os.Getenv("HOME")
	return c
}
