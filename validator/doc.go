// Package validator is the daemon that measures miners: in every epoch of every subnet on which its hotkey holds a permit
// it draws the questions of each benchmark, asks every miner, scores the answers, commits the hash of its row, and opens
// it in the next epoch.
//
// The parts, each with one concern:
//
//   - [Daemon] follows the chain and gives every subnet the newest block.
//   - A subnet's runner is a state machine driven by blocks alone: which epoch is under way and where in it the chain
//     stands decide what is due. A clock is used only for the deadline of a question and to notice that the machine's
//     clock is wrong.
//   - A lane is what a runner does for one benchmark: it asks, makes a row, sends it and opens the one before. What is in the
//     way of one lane stops no other.
//   - A round is a lane's asking in one epoch: questions spread over blocks, bounded per miner and in all.
//   - Package store remembers rows and standings. A row, its salt and its evidence are on disk before its hash is sent,
//     so a validator that is killed at any point opens what it committed after it is started again.
//   - What the daemon needs of the chain is the interface [Chain]; package onchain implements it.
//
// The daemon believes nothing it did until it has read it back: a commit counts once the chain shows the hash, a reveal
// once the chain shows the row, and [Daemon.Ready] says so.
package validator
