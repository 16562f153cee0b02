// Package human holds the short commands of agorad that people read: subnets, the metagraph, an
// account's overview, explanations and a check-up. They stand on the same queries and messages as the
// derived commands (agorad query, agorad tx), which remain complete; these answer whole questions.
//
// Every command answers in a table, or with --json in one envelope:
//
//	{"ok": true, "data": …, "error": null, "meta": {"height": "62", "time": "…"}}
//
// All figures of an answer are read at one height. With --json nothing is ever asked of the user:
// what would need an answer fails instead. 64-bit integers are strings in JSON.
//
// Exit codes: see [ExitOK] to [ExitRefused].
package human
