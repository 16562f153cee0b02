package covers

import "time"

func unused() {
	/* want `//consensus:allow clock allows nothing here: remove it` */ //consensus:allow clock nothing here reads a clock
}

func otherRule() time.Time {
	return time.Now() /* want `use time.Now` */ //consensus:allow float a float is not a clock
}

func withoutReason() time.Time {
	return time.Now() /* want `use time.Now` */ //consensus:allow clock trust me
}

func nextStatement() {
	//consensus:allow clock only logged and never stored
	_ = time.Now()
	_ = time.Now() // want `use time.Now`
}

func wholeStatement() {
	//consensus:allow clock only logged and never stored
	log(
		"now",
		time.Now(),
	)
	log(time.Now()) // want `use time.Now`
}

// The head of a compound statement is covered, its body is not.
func headOnly() {
	//consensus:allow clock only logged and never stored
	if time.Now().IsZero() {
		_ = time.Now() // want `use time.Now`
	}
}

// twoRules shows two exceptions above one statement.
func twoRules() {
	//consensus:allow float only logged and never stored
	//consensus:allow clock only logged and never stored
	log(float64(time.Now().Unix()))
}

// inDocComment covers the function.
//
//consensus:allow clock only logged and never stored
func inDocComment() {
	for range 3 {
		_ = time.Now()
	}
}

func afterDocComment() {
	_ = time.Now() // want `use time.Now`
}

func log(...any) {}
