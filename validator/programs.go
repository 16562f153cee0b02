package validator

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// idlePrograms is how many benchmarks stay open that nobody uses now: those of subnets between two epochs.
const idlePrograms = 32

// idleModels is how many models idle benchmarks keep in memory together.
const idleModels = 4

// maxOpening is how long a benchmark may take to be opened. A blob of 64 MiB comes within it at the least rate of a mirror.
const maxOpening = 2 * time.Hour

// programs are the open benchmarks of all subnets, by digest: subnets that copied the same benchmark share it.
type programs struct {
	env benchmark.Env
	// life ends what is being opened, in group, when the programs are closed.
	life  context.Context //nolint:containedctx // that of the daemon
	end   context.CancelFunc
	group sync.WaitGroup

	mu      sync.Mutex // guards what follows
	opening map[[32]byte]*opening
	open    map[[32]byte]*openProgram
	// idle are digests that nobody uses, the longest idle first.
	idle [][32]byte
}

type openProgram struct {
	program *benchmark.Program
	users   int
}

// opening is a benchmark that is being opened.
type opening struct {
	done chan struct{} // closed when err is set
	err  error
}

func newPrograms(env benchmark.Env) *programs {
	p := &programs{env: env, opening: map[[32]byte]*opening{}, open: map[[32]byte]*openProgram{}}
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// acquire opens a version of a benchmark, or finds it open. The caller releases it. What the chain shows is checked
// against its digest first.
func (p *programs) acquire(ctx context.Context, version subnettypes.BenchmarkVersion) (*benchmark.Program, error) {
	digest := sha256.Sum256(version.Spec)
	if string(digest[:]) != string(version.Digest) {
		return nil, fmt.Errorf("version %d has digest %x, its bytes have %x; the endpoint is not to be trusted", version.Version, version.Digest, digest)
	}
	if program := p.use(digest); program != nil {
		return program, nil
	}
	under := p.begin(digest, version)
	select {
	case <-under.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if under.err != nil {
		return nil, under.err
	}
	if program := p.use(digest); program != nil {
		return program, nil
	}
	return nil, fmt.Errorf("version %d was closed while it was opened; it is tried again", version.Version)
}

// begin opens a benchmark, unless that is under way. It goes on when the epoch ends for which it was begun: what takes
// longer to come than an epoch lasts would never be there otherwise.
func (p *programs) begin(digest [32]byte, version subnettypes.BenchmarkVersion) *opening {
	p.mu.Lock()
	defer p.mu.Unlock()
	if under := p.opening[digest]; under != nil {
		return under
	}
	under := &opening{done: make(chan struct{})}
	if err := p.life.Err(); err != nil {
		under.err = err
		close(under.done)
		return under
	}
	p.opening[digest] = under
	p.group.Go(func() {
		ctx, cancel := context.WithTimeout(p.life, maxOpening)
		defer cancel()
		program, err := openVersion(ctx, version, p.env)
		if err == nil {
			p.add(digest, program)
		}
		under.err = err
		p.mu.Lock()
		delete(p.opening, digest)
		p.mu.Unlock()
		close(under.done)
	})
	return under
}

func openVersion(ctx context.Context, version subnettypes.BenchmarkVersion, env benchmark.Env) (*benchmark.Program, error) {
	s, err := spec.Decode(version.Spec)
	if err != nil {
		return nil, fmt.Errorf("version %d: %w; a newer validator may know it", version.Version, err)
	}
	program, err := benchmark.Open(ctx, s, env)
	if err != nil {
		return nil, fmt.Errorf("version %d: %w", version.Version, err)
	}
	return program, nil
}

func (p *programs) use(digest [32]byte) *benchmark.Program {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.open[digest]
	if found == nil {
		return nil
	}
	found.users++
	p.idle = slices.DeleteFunc(p.idle, func(other [32]byte) bool { return other == digest })
	return found.program
}

// add keeps a program that was just opened, which nobody uses yet.
func (p *programs) add(digest [32]byte, program *benchmark.Program) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[digest] != nil {
		program.Close()
		return
	}
	p.open[digest] = &openProgram{program: program}
	p.rest(digest)
}

// release gives a program back.
func (p *programs) release(program *benchmark.Program) {
	p.mu.Lock()
	defer p.mu.Unlock()
	digest := program.Digest()
	if found := p.open[digest]; found != nil {
		if found.users--; found.users == 0 {
			p.rest(digest)
		}
	}
}

// rest puts a program among the idle ones and closes those that have been there for longest. mu is held.
func (p *programs) rest(digest [32]byte) {
	p.idle = append(p.idle, digest)
	models := 0
	for _, idle := range p.idle {
		models += p.open[idle].program.Models()
	}
	// The one that has come to rest just now stays: it may have been opened for somebody who is about to use it.
	for i := 0; i < len(p.idle)-1 && (len(p.idle) > idlePrograms || models > idleModels); {
		oldest := p.open[p.idle[i]].program
		if len(p.idle) <= idlePrograms && oldest.Models() == 0 {
			i++ // closing it would free no model
			continue
		}
		models -= oldest.Models()
		delete(p.open, p.idle[i])
		p.idle = slices.Delete(p.idle, i, i+1)
		oldest.Close()
	}
}

// close gives up what is being opened, and closes what nobody uses any more; all of it once every user has given back.
// Nothing is opened afterwards.
func (p *programs) close() {
	p.mu.Lock()
	p.end() // with mu held, so that whatever begins is waited for
	p.mu.Unlock()
	p.group.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, digest := range p.idle {
		p.open[digest].program.Close()
		delete(p.open, digest)
	}
	p.idle = nil
}
