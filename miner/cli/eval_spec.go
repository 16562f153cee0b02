package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/internal/trial"
	"github.com/agora-network/agora/miner/config"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// maxSpecFile bounds a YAML file, in bytes; a canonical spec has at most 64 KiB.
const maxSpecFile = 1 << 20

// reference says where a spec is: in a file or shipped under a name, or on the chain.
type reference struct {
	name string
	// The others are for the chain.
	onChain           bool
	netuid, benchmark uint32
	// version is 0 for the one that counts.
	version uint32
}

// chainPrefix begins the reference to a benchmark on the chain.
const chainPrefix = "chain:"

var chainForm = regexp.MustCompile(`^([0-9]{1,10})(?:/([0-9]{1,10})(?:@([0-9]{1,10}))?)?$`)

// parseReference reads the argument of eval.
func parseReference(text string) (reference, error) {
	rest, onChain := strings.CutPrefix(text, chainPrefix)
	if !onChain {
		if text == "" {
			return reference{}, errors.New("no benchmark is named; want a YAML file, a shipped name or chain:NETUID")
		}
		return reference{name: text}, nil
	}
	wrong := fmt.Errorf("%q: want chain:NETUID[/BENCHMARK[@VERSION]], such as chain:1, chain:1/0 or chain:1/0@2", text)
	parts := chainForm.FindStringSubmatch(rest)
	if parts == nil {
		return reference{}, wrong
	}
	r := reference{name: text, onChain: true}
	for i, number := range []*uint32{&r.netuid, &r.benchmark, &r.version} {
		if parts[i+1] == "" {
			continue
		}
		value, err := strconv.ParseUint(parts[i+1], 10, 32)
		if err != nil {
			return reference{}, wrong
		}
		*number = uint32(value)
	}
	if r.netuid == 0 || parts[3] != "" && r.version == 0 {
		return reference{}, fmt.Errorf("%w; subnets and versions count from 1", wrong)
	}
	return r, nil
}

// specSource is a spec with where it came from.
type specSource struct {
	spec *spec.Spec
	// folder of the file, whose neighbours may be what it names.
	folder string
	// options that follow from where it is.
	options trial.Options
	// chain, subnet and epoch are those of a benchmark on a chain, at a height.
	chain  *chainclient.Client
	height int64
	netuid uint32
	number uint32
	// version that is tried, and the one that counts now; 0 where none does.
	version, counting uint32
	// share of the subnet's emission that the benchmark has, in basis points.
	share  uint32
	subnet subnettypes.Subnet
}

func readSpec(ctx context.Context, command *cobra.Command, c *config.Config, r reference) (*specSource, error) {
	if r.onChain {
		client, err := daemon.Connect(c.Chain, daemon.NewLogger(c.Log, command.ErrOrStderr()))
		if err != nil {
			return nil, err
		}
		return readChainSpec(ctx, client, r)
	}
	text, err := readSpecFile(r.name)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(r.name, `./\`) {
		loaded, err := benchmarks.Load(r.name)
		if err != nil {
			return nil, daemon.UsageError(fmt.Errorf("%w; and there is no file of that name", err))
		}
		return &specSource{spec: loaded}, nil
	}
	if err != nil {
		return nil, daemon.UsageError(fmt.Errorf("read the benchmark: %w", err))
	}
	parsed, err := spec.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	return &specSource{spec: parsed, folder: filepath.Dir(r.name)}, nil
}

func readSpecFile(name string) ([]byte, error) {
	stat, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if stat.IsDir() {
		return nil, fmt.Errorf("%s is a folder: %w", name, fs.ErrNotExist)
	}
	if stat.Size() > maxSpecFile {
		return nil, fmt.Errorf("%s has %d bytes, a benchmark at most %d", name, stat.Size(), maxSpecFile)
	}
	return os.ReadFile(name)
}

// readChainSpec reads a version of a benchmark, all at one height.
func readChainSpec(ctx context.Context, client *chainclient.Client, r reference) (*specSource, error) {
	block, err := client.Latest(ctx)
	if err != nil {
		return nil, err
	}
	s := &specSource{chain: client, height: block.Height, netuid: r.netuid, number: r.benchmark}
	subnet, err := client.Subnet(s.height).Subnet(ctx, &subnettypes.QuerySubnetRequest{Netuid: r.netuid})
	switch {
	case errors.Is(err, chainclient.ErrNotFound):
		return nil, fmt.Errorf("there is no subnet %d on chain %s (`agorad q subnet subnets` lists them)", r.netuid, client.ChainID())
	case err != nil:
		return nil, fmt.Errorf("read subnet %d: %w", r.netuid, err)
	}
	s.subnet = subnet.Subnet
	if err := s.readEpoch(ctx); err != nil {
		return nil, err
	}
	if s.version = r.version; s.version == 0 {
		s.version = s.counting // 0, the newest, where none counts
	}
	response, err := client.Subnet(s.height).Benchmark(ctx, &subnettypes.QueryBenchmarkRequest{Netuid: r.netuid, Benchmark: r.benchmark, Version: s.version})
	switch {
	case errors.Is(err, chainclient.ErrNotFound):
		return nil, fmt.Errorf("subnet %d has no benchmark %d, or not this version of it (`agorad q subnet benchmarks %d` lists them)", r.netuid, r.benchmark, r.netuid)
	case err != nil:
		return nil, fmt.Errorf("read benchmark %d of subnet %d: %w", r.benchmark, r.netuid, err)
	}
	found := response.Benchmark
	if digest := sha256.Sum256(found.Spec); string(digest[:]) != string(found.Digest) {
		return nil, fmt.Errorf("version %d has digest %x, its bytes have %x; the endpoint is not to be trusted", found.Version, found.Digest, digest)
	}
	if s.spec, err = spec.Decode(found.Spec); err != nil {
		return nil, fmt.Errorf("benchmark %d of subnet %d, version %d: %w; a newer miner may know it", r.benchmark, r.netuid, found.Version, err)
	}
	s.version = found.Version
	s.options = trial.Options{
		ChainID: client.ChainID(), Netuid: r.netuid, Benchmark: r.benchmark, Version: found.Version, Blocks: s.subnet.Params.Tempo,
	}
	return s, nil
}

// readEpoch finds what counts in the epoch under way. A subnet that does not run has none.
func (s *specSource) readEpoch(ctx context.Context) error {
	response, err := s.chain.Subnet(s.height).Epoch(ctx, &subnettypes.QueryEpochRequest{Netuid: s.netuid})
	if _, refused := errors.AsType[*chainclient.QueryError](err); refused && !errors.Is(err, chainclient.ErrHeight) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the epoch of subnet %d: %w", s.netuid, err)
	}
	for _, scored := range response.Epoch.Benchmarks {
		if scored.Benchmark == s.number {
			s.counting, s.share = scored.Version, scored.ShareBp
		}
	}
	return nil
}
