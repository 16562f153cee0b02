package clock

import "time"

// Tests may read the clock.
var started = time.Now()
