package sandbox

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// DefaultCacheBytes is how much compiled code is kept on disk, 1 GiB.
const DefaultCacheBytes = 1 << 30

// Options of a [Runtime].
type Options struct {
	// CacheDir keeps compiled code, which is run without further checks: nobody else
	// may be able to write there, and it is made such when it does not exist. Nothing is
	// kept when it is empty.
	CacheDir string
	// CacheBytes bounds what is kept, least recently used code goes first; 0 for
	// [DefaultCacheBytes].
	CacheBytes int64
	// Interpreter runs modules without compiling them, some fifty times slower and to
	// the same results. Machines other than amd64 and arm64 have nothing else.
	Interpreter bool
}

// Runtime compiles modules.
type Runtime struct {
	config wazero.RuntimeConfig
	cache  *codeCache // nil when nothing is kept
}

// Open makes a runtime. The error says what is wrong with the folder of the cache.
func Open(options Options) (*Runtime, error) {
	config := wazero.NewRuntimeConfig()
	if options.Interpreter {
		config = wazero.NewRuntimeConfigInterpreter()
	}
	r := &Runtime{config: config.
		WithCoreFeatures(api.CoreFeaturesV2 &^ api.CoreFeatureSIMD).
		WithMemoryLimitPages(MaxMemoryPages).
		WithDebugInfoEnabled(false)}
	if options.CacheDir != "" && !options.Interpreter {
		cache, err := openCache(options.CacheDir, options.CacheBytes)
		if err != nil {
			return nil, err
		}
		r.cache = cache
	}
	return r, nil
}

// Module is a compiled module of the ABI.
type Module struct {
	runtime  wazero.Runtime
	code     wazero.CompilationCache // nil when nothing is kept
	compiled wazero.CompiledModule
	limits   Limits
	digest   [sha256.Size]byte
	closed   atomic.Bool

	scores, generates, initializes bool
}

// Compile checks a module, puts the meter into it and compiles it. Its own code is not
// run. Errors wrap [ErrModule], [ErrImport] or [ErrLimits]. The caller closes the module.
func (r *Runtime) Compile(ctx context.Context, code []byte, limits Limits) (*Module, error) {
	limits, err := limits.filled()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	parsed, err := parse(code)
	if err != nil {
		return nil, err
	}
	m := &Module{limits: limits, digest: sha256.Sum256(code)}
	if m.scores, m.generates, m.initializes, err = parsed.checkExports(); err != nil {
		return nil, err
	}
	metered, err := rewrite(parsed, limits.MemoryPages)
	if err != nil {
		return nil, err
	}
	if r.cache == nil {
		err = m.compile(ctx, r.config, metered)
	} else {
		err = r.cache.compile(metered, func(kept wazero.CompilationCache) error {
			m.code = kept
			return m.compile(ctx, r.config.WithCompilationCache(kept), metered)
		})
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// compile gives the rewritten module to wazero. Each module has a runtime of its own,
// so that nothing of it is left when it is closed.
func (m *Module) compile(ctx context.Context, config wazero.RuntimeConfig, metered []byte) (err error) {
	ctx = context.WithoutCancel(ctx) // half a runtime helps nobody
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: the compiler gave up: %v", ErrModule, p)
		}
		if err != nil {
			m.release(ctx)
		}
	}()
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if err := addHost(ctx, m.runtime); err != nil {
		return fmt.Errorf("preparing the host: %w", err)
	}
	if m.compiled, err = m.runtime.CompileModule(ctx, metered); err != nil {
		return fmt.Errorf("%w: %w", ErrModule, err)
	}
	return nil
}

// Digest is the sha256 of the module as it was given to Compile.
func (m *Module) Digest() [sha256.Size]byte { return m.digest }

// Scores tells whether the module has a scorer.
func (m *Module) Scores() bool { return m.scores }

// Generates tells whether the module has a generator.
func (m *Module) Generates() bool { return m.generates }

// Close frees the module. Its instances must have been closed.
func (m *Module) Close() {
	if !m.closed.Swap(true) {
		m.release(context.Background())
	}
}

func (m *Module) release(ctx context.Context) {
	if m.runtime != nil {
		_ = m.runtime.Close(ctx) // it frees memory; there is nobody to tell
		m.runtime = nil
	}
	if m.code != nil {
		_ = m.code.Close(ctx) // as above
		m.code = nil
	}
}
