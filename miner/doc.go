// Package miner is the daemon that answers questions for pay: an OpenAI-compatible server in front of an engine, for
// callers that the chain permits or the operator allows.
//
// [Start] runs everything in the calling process, on any free port if told so, which is how the tests use it:
//
//   - the public listener turns strangers away before their body is read (package wire) and signs every answer;
//   - the queue is bounded and gives validators their turns in proportion to their scoring power;
//   - the follower keeps the permits of the newest block, and the publisher makes the miner's record on the chain say
//     where it is to be found, block by block, until it does;
//   - the operator's listener serves metrics, /healthz and /readyz.
//
// The first of these to fail stops the others. A stop is orderly: no new questions, running answers finish within the
// drain time, then everything closes.
package miner
