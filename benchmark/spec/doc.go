// Package spec is the declaration of a benchmark: its canonical bytes, which go
// on the chain, its YAML form, which people write, and the rules both obey.
//
// Consensus code decodes and validates specs with this package. Everything but
// the YAML part is therefore integers in a fixed order: no float, no map
// iteration, no clock. All functions are pure and may be called concurrently;
// none but [SetNumber] changes the Spec it is given.
//
//   - [Parse] reads YAML and says line and reason of whatever it refuses.
//   - [Format] writes the YAML of a spec.
//   - [Encode], [Decode] and [Digest] deal in canonical bytes.
//   - [Spec.Validate] holds the rules.
//   - [Numbers], [NumberAt] and [SetNumber] reach the numbers of a spec by path.
//   - [Generators] and [Scorers] list what a spec may name.
package spec
