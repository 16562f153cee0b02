//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/agora-network/agora/engine/openai"
	"github.com/agora-network/agora/miner"
	"github.com/agora-network/agora/miner/config"
	"github.com/agora-network/agora/wire"
)

const (
	chainID = "agora-bench-1"
	epoch   = 7
	path    = "/v1/chat/completions"
	// atOnce is how many questions the miner passes on at once: more than come.
	atOnce = 256
)

// keys of both sides; nothing depends on which they are.
func signer(seed byte) *wire.KeySigner {
	key, err := wire.NewKeySigner(bytes.Repeat([]byte{seed}, wire.PrivateKeySize))
	if err != nil {
		panic(err) // not for these seeds
	}
	return key
}

func minerKey() *wire.KeySigner  { return signer(2) }
func callerKey() *wire.KeySigner { return signer(1) }

// oneBlock is a chain that stands still.
type oneBlock struct{}

func (oneBlock) Follow(ctx context.Context, _ func(error), fn func(miner.View)) error {
	fn(miner.View{
		Height: 1, Running: true, Epoch: epoch, Permits: []miner.Permit{{Hotkey: callerKey().Address(), Power: 1}},
		Miner: &miner.Record{Owner: minerKey().Address()},
	})
	<-ctx.Done()
	return ctx.Err()
}

func (oneBlock) Serve(context.Context, miner.Served) error { return nil }

// runMiner is the other process: it says where it listens, then its processor time whenever it is asked by a line, and
// stops at the end of its input.
func runMiner(ctx context.Context, s settings) error {
	if s.plain {
		return runPlain(s)
	}
	c, err := config.Program.FromFlags(s.miner, nil)
	if err != nil {
		return err
	}
	c.Chain.ID, c.Listen, c.Advertise, c.Admin = chainID, "127.0.0.1:0", "https://miner.example", ""
	c.MaxConcurrent, c.MaxPerCaller, c.MaxQueue = atOnce, atOnce, atOnce
	backend, err := openai.Open(openai.Options{BaseURL: s.minerUpstream, Model: upstreamModel, MaxConcurrent: atOnce})
	if err != nil {
		return err
	}
	miner.UseProcessors(c.Processors, backend) // as miner serve does
	// A question that fails fails the benchmark; why, the miner says here.
	warnings := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	m, err := miner.Start(ctx, miner.Options{Config: c, Signer: minerKey(), Engine: backend, Chain: oneBlock{}, Log: warnings})
	if err != nil {
		return errors.Join(err, backend.Close())
	}
	if s.profile != "" {
		stop, err := profile(s.profile)
		if err != nil {
			return err
		}
		defer stop()
	}
	attend(m.Addr())
	m.Stop()
	return m.Wait()
}

// runPlain passes questions on with the standard library's reverse proxy and checks nothing: the least that a second
// program in Go costs.
func runPlain(s settings) error {
	target, err := url.Parse(s.minerUpstream)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once or never
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: patience, Handler: &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		FlushInterval: -1,
		Transport:     &http.Transport{MaxIdleConnsPerHost: atOnce, DisableCompression: true},
	}}
	go func() { _ = server.Serve(listener) }() // until the end of the process
	attend(listener.Addr().String())
	return server.Close()
}

// attend says where this process listens and answers the other until that ends.
func attend(address string) {
	fmt.Println(address)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(processorTime().Nanoseconds())
	}
}

// profile begins a processor profile; stop ends it.
func profile(path string) (stop func(), err error) {
	file, err := os.Create(path) //nolint:gosec // where the operator wants it
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = file.Close() // of no further use
	}, nil
}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// daemon is the miner's process as seen from here.
type daemon struct {
	command *exec.Cmd
	home    string
	in      io.WriteCloser
	out     *bufio.Scanner
	url     string
	plain   bool // not a miner: nothing is signed
}

func startDaemon(ctx context.Context, upstream, profile string, plain bool) (d *daemon, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	d = &daemon{}
	if d.home, err = os.MkdirTemp("", "proxybench"); err != nil {
		return nil, err
	}
	d.command = exec.CommandContext(ctx, self, "-miner", d.home, "-upstream", upstream, "-profile", profile, fmt.Sprintf("-plain=%t", plain)) //nolint:gosec // this program
	d.command.Stderr = os.Stderr
	if d.in, err = d.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := d.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	d.out = bufio.NewScanner(out)
	if err := d.command.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(d.home))
	}
	if !d.out.Scan() {
		return nil, errors.Join(errors.New("the miner did not start"), d.stop())
	}
	d.url, d.plain = "http://"+d.out.Text(), plain
	return d, nil
}

// used is the processor time of the miner so far.
func (d *daemon) used() (time.Duration, error) {
	if _, err := io.WriteString(d.in, "\n"); err != nil {
		return 0, err
	}
	if !d.out.Scan() {
		return 0, errors.New("the miner has gone")
	}
	nanos, err := strconv.ParseInt(strings.TrimSpace(d.out.Text()), 10, 64)
	return time.Duration(nanos), err
}

func (d *daemon) stop() error {
	return errors.Join(d.in.Close(), d.command.Wait(), os.RemoveAll(d.home))
}
