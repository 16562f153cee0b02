package sandbox_test

import (
	"context"
	"fmt"
	"os"

	"github.com/agora-network/agora/benchmark/sandbox"
)

// A validator trusts a module after its goldens, and scores the items of one miner in
// one batch.
func Example() {
	ctx := context.Background()
	code, err := os.ReadFile("../../sdk/rust/examples/overlap.wasm")
	if err != nil {
		panic(err)
	}
	runtime, err := sandbox.Open(sandbox.Options{}) // with a CacheDir, compiled code is kept
	if err != nil {
		panic(err)
	}
	module, err := runtime.Compile(ctx, code, sandbox.Limits{MemoryPages: 64})
	if err != nil {
		panic(err)
	}
	defer module.Close()

	golden := sandbox.Golden{Input: sandbox.Input{Expected: "a b c", Answer: "a a a a"}, Score: 357142857}
	fmt.Println("goldens:", module.Replay(ctx, []sandbox.Golden{golden}))

	batch := module.Batch()
	defer batch.Close()
	for _, in := range []sandbox.Input{
		{Expected: "forty two", Alternatives: []string{"42"}, Answer: "42", LatencyMS: 700},
		{Answer: "42"},
	} {
		score, err := batch.Score(ctx, &in)
		fmt.Println(score, err)
	}
	// Output:
	// goldens: <nil>
	// 993000000 <nil>
	// 0 module abstains with code 1
}
