// Package consensuslint holds the analyzers that keep consensus code deterministic: the code whose
// result every node must compute bit for bit alike, whatever its machine, its hour and its load.
//
// # Rules
//
//   - float: no floating-point or complex value, type, field or constant, and no big.Float.
//     Rounding may differ between architectures (fused multiply-add) and depends on order.
//   - maporder: no range over a map and no other iteration in map order. Collect the keys with
//     slices.Sorted(maps.Keys(m)) or keep a slice.
//   - goroutine: no go statement, channel, select or errgroup. The scheduler is not part of the state.
//   - clock: no reading of the machine's time or time zone. Block time and height come with the context.
//   - chance: no source of randomness. The beacon is the only chance the chain knows.
//   - outside: no files, environment, processes, network or runtime facts of the machine.
//
// # Where they apply
//
// The caller names the packages. Within them the analyzers skip what no block executes: test files,
// generated gateways, and packages under a folder named client, simulation or testutil. Generated
// message types are checked for floats only, because a double in a message is a float in the state.
//
// # Exceptions
//
// A finding that is harmless is allowed where it stands, with a reason of at least three words:
//
//	//consensus:allow clock the duration is logged and never stored
//	started := time.Now()
//
// The comment stands at the end of the line, above the statement, or in the doc comment of a
// function, which then covers its body. A comment without a reason, for a rule that does not
// exist, or that allows nothing is a finding itself, so exceptions cannot outlive their cause.
//
// # Use
//
// The analyzers need no facts of other packages, so they run under go vet, which reuses the build
// cache and checks only what changed:
//
//	go vet -vettool=.cache/bin/consensuslint ./x/... ./app/...
package consensuslint
