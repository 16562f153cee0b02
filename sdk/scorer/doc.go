// Package scorer is for scorers and generators of benchmarks that are written in Go and
// run as WebAssembly modules in the sandbox (benchmark/sandbox, ABI agora/1).
//
// A module is a main package that registers its functions when it starts:
//
//	func init() { scorer.Register(score) }
//	func main() {}
//
// and is built with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags='-s -w -buildid=' -o my.wasm .
//
// A module sees nothing but its input: the clock, random bytes and files are stubs.
// What it returns must depend on that input alone, not on the calls before: compute with
// integers, keep no state, sort what comes out of a map. The package imports next to
// nothing; fmt, encoding/json or regexp in a module make it several times larger and
// slower to start.
//
// Everything here also works in ordinary programs and tests of any platform; only the
// exports exist under wasip1 alone. Nothing may be called concurrently.
package scorer
