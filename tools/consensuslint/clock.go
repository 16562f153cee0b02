package consensuslint

import (
	"go/ast"

	"golang.org/x/tools/go/analysis"
)

// Clock refuses reading the machine's time and time zone.
var Clock = &analysis.Analyzer{
	Name: "clock",
	Doc:  "refuse the machine's clock and time zone in consensus code",
	Run:  checkClock,
}

// clockUses maps each refused function or variable to what to use in its place.
var clockUses = map[string]string{
	"time.Now":          blockTime,
	"time.Since":        blockTime,
	"time.Until":        blockTime,
	"time.After":        blockTime,
	"time.AfterFunc":    blockTime,
	"time.Sleep":        blockTime,
	"time.Tick":         blockTime,
	"time.NewTicker":    blockTime,
	"time.NewTimer":     blockTime,
	"time.Local":        utc,
	"time.LoadLocation": utc,
	"(time.Time).Local": utc,
	"github.com/cometbft/cometbft/types/time.Now": blockTime,
	"github.com/cosmos/cosmos-sdk/telemetry.Now":  blockTime,
	"context.WithTimeout":                         bounded,
	"context.WithTimeoutCause":                    bounded,
	"context.WithDeadline":                        bounded,
	"context.WithDeadlineCause":                   bounded,
	// These return a time in the machine's zone, which shows in every formatted date.
	"time.Unix":      utcOf,
	"time.UnixMilli": utcOf,
	"time.UnixMicro": utcOf,
}

const (
	blockTime = "take the block's time or height from the context"
	utc       = "stay in UTC"
	utcOf     = "write .UTC() after it, or it carries the machine's time zone"
	bounded   = "bound the work by a count, not by time"
)

func checkClock(pass *analysis.Pass) (any, error) {
	files := consensusFiles(pass, false)
	r := newReporter(pass, files)
	defer r.finish()
	for _, file := range files {
		inUTC := make(map[*ast.Ident]bool)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				// time.Unix(…).UTC(): the outer selector is visited before the inner identifier.
				if call, ok := ast.Unparen(n.X).(*ast.CallExpr); ok && n.Sel.Name == "UTC" {
					if inner, ok := call.Fun.(*ast.SelectorExpr); ok {
						inUTC[inner.Sel] = true
					}
				}
			case *ast.Ident:
				name := objectName(pass.TypesInfo.Uses[n])
				advice, refused := clockUses[name]
				if refused && !(advice == utcOf && inUTC[n]) {
					r.reportf(n, "use %s: %s", name, advice)
				}
			}
			return true
		})
	}
	return nil, nil
}
