package consensuslint

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// Goroutine refuses concurrency: whatever the scheduler decides is not part of the state.
var Goroutine = &analysis.Analyzer{
	Name: "goroutine",
	Doc:  "refuse go statements, channels and select in consensus code",
	Run:  checkGoroutine,
}

// spawners are the functions that start a goroutine for their caller.
var spawners = map[string]bool{
	"(*sync.WaitGroup).Go":                      true,
	"(*golang.org/x/sync/errgroup.Group).Go":    true,
	"(*golang.org/x/sync/errgroup.Group).TryGo": true,
	"context.AfterFunc":                         true,
	"time.AfterFunc":                            true,
}

func checkGoroutine(pass *analysis.Pass) (any, error) {
	files := consensusFiles(pass, false)
	r := newReporter(pass, files)
	defer r.finish()
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				r.reportf(n, "start a goroutine: its order of execution differs between nodes")
			case *ast.SelectStmt:
				r.reportf(n, "select: it picks a ready case at random")
			case *ast.SendStmt:
				r.reportf(n, "send on a channel: the receiver's order differs between nodes")
			case *ast.UnaryExpr:
				if n.Op == token.ARROW {
					r.reportf(n, "receive from a channel: the sender's order differs between nodes")
				}
			case *ast.ChanType:
				r.reportf(n, "use a channel: what it carries depends on the scheduler")
			case *ast.RangeStmt:
				if t := pass.TypesInfo.TypeOf(n.X); t != nil {
					if _, ok := t.Underlying().(*types.Chan); ok {
						r.reportf(n, "range over a channel: the sender's order differs between nodes")
					}
				}
			case *ast.CallExpr:
				if name := calleeName(pass, n); spawners[name] {
					r.reportf(n, "call %s: it starts a goroutine", name)
				}
			}
			return true
		})
	}
	return nil, nil
}
