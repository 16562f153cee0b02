// Package ask puts one question of a benchmark to one miner and says what came of it. Whatever the other side does, hang,
// send garbage, too much, or an answer signed by somebody else, the result is an [Answer] with a [Reason], within the
// deadline of the question and in bounded memory.
//
// An [Asker] may be used by many goroutines at once.
package ask
