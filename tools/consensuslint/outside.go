package consensuslint

import (
	"go/ast"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Chance refuses sources of randomness.
var Chance = &analysis.Analyzer{
	Name: "chance",
	Doc:  "refuse sources of randomness in consensus code",
	Run:  checkChance,
}

// Outside refuses what lies outside the state: files, environment, processes, network, runtime.
var Outside = &analysis.Analyzer{
	Name: "outside",
	Doc:  "refuse files, environment, processes, network and runtime facts in consensus code",
	Run:  checkOutside,
}

var chancePackages = map[string]bool{
	"crypto/rand":                            true,
	"math/rand":                              true,
	"math/rand/v2":                           true,
	"hash/maphash":                           true, // seeded anew in each process
	"golang.org/x/exp/rand":                  true,
	"github.com/cometbft/cometbft/libs/rand": true,
	"github.com/google/uuid":                 true,
}

var outsidePackages = map[string]bool{
	"io/ioutil":     true,
	"net":           true,
	"net/http":      true,
	"net/rpc":       true,
	"os/exec":       true,
	"os/signal":     true,
	"os/user":       true,
	"plugin":        true,
	"runtime":       true,
	"runtime/debug": true,
	"syscall":       true,
	"unsafe":        true, // addresses differ in each process
}

func checkChance(pass *analysis.Pass) (any, error) {
	files := consensusFiles(pass, false)
	r := newReporter(pass, files)
	defer r.finish()
	return nil, checkImports(r, files, chancePackages, "it is random; derive what must be unforeseeable from the beacon")
}

// checkOutside refuses packages where they are imported, but package os use by use: a file that may
// write to os.Stderr must not therefore read the environment.
func checkOutside(pass *analysis.Pass) (any, error) {
	files := consensusFiles(pass, false)
	r := newReporter(pass, files)
	defer r.finish()
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if name := objectName(pass.TypesInfo.Uses[id]); strings.HasPrefix(name, "os.") {
					r.reportf(id, "use %s: %s", name, machineBound)
				}
			}
			return true
		})
	}
	return nil, checkImports(r, files, outsidePackages, machineBound)
}

const machineBound = "it differs between machines; what a block needs is in the state or in the transaction"

// checkImports refuses the listed packages where they are imported.
func checkImports(r *reporter, files []*ast.File, refused map[string]bool, why string) error {
	for _, file := range files {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if refused[path] {
				r.reportf(spec, "import %s: %s", path, why)
			}
		}
	}
	return nil
}

// objectName is the full name of a package-level object or method: "time.Now", "(time.Time).Local",
// "os.Args". Empty for anything local or builtin.
func objectName(obj types.Object) string {
	switch obj := obj.(type) {
	case nil:
		return ""
	case *types.Func:
		return obj.Origin().FullName()
	default:
		if obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
			return ""
		}
		return obj.Pkg().Path() + "." + obj.Name()
	}
}
