package miner

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/gpu"
	"github.com/agora-network/agora/miner/backend"
	"github.com/agora-network/agora/miner/config"
	"github.com/agora-network/agora/wire"
)

const (
	// maxConnections bounds open connections of the public listener.
	maxConnections = 4096
	// headerTimeout, bodyTimeout and idleTimeout bound what a slow or silent connection can hold.
	headerTimeout = 5 * time.Second
	bodyTimeout   = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	// writeGrace is how long an answer may take to be sent after it is complete.
	writeGrace = 15 * time.Second
	maxHeaders = 32 << 10
)

// ReplayFile is the name of the replay store in the home.
const ReplayFile = "replay.db"

// Options are what the daemon is built from. The daemon closes the engine when it stops.
type Options struct {
	Config *config.Config
	Signer wire.Signer
	Engine engine.Engine
	Chain  Chain
	Log    *slog.Logger
	// GPUs are those of this machine; the daemon closes them, too. Default: what NVIDIA's driver tells.
	GPUs GPUs
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Miner is a running daemon.
type Miner struct {
	options Options
	now     func() time.Time
	log     *slog.Logger
	state   *state
	queue   *queue
	callers *callers
	metrics *metrics
	replay  *wire.BoltReplay
	backend *backendWatch // nil when the engine computes in this process
	gpus    *gpuCollector
	// desired is the record on the chain as far as it does not change, see deserved.
	desired Served

	public, admin net.Listener
	publicServer  *http.Server
	adminServer   *http.Server

	stop     context.CancelFunc
	finished chan struct{}
	err      error // set before finished is closed
}

// Start binds the listeners, so that a taken port is reported here, and starts the daemon. It stops when ctx ends, when
// [Miner.Stop] is called, or when a part fails; [Miner.Wait] waits for that. On an error nothing is left running, and
// the engine is left to the caller.
func Start(ctx context.Context, options Options) (*Miner, error) {
	c := options.Config
	m := &Miner{options: options, now: options.Now, log: options.Log, state: &state{}, finished: make(chan struct{})}
	if m.now == nil {
		m.now = time.Now
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	m.queue = newQueue(c.MaxConcurrent, c.MaxQueue, c.MaxPerCaller, m.now)
	m.callers = newCallers(m.state, c.Allow, c.APIKeys)
	m.metrics = newMetrics(m.queue, m.state, m.now)
	if server, ok := options.Engine.(backend.Upstream); ok {
		m.backend = newBackendWatch(server, m.metrics, c.RequestTimeout, m.log, m.now)
		m.options.Engine = m.backend
	}
	if m.options.GPUs == nil {
		m.options.GPUs = &gpu.Reader{}
	}
	m.gpus = &gpuCollector{gpus: m.options.GPUs, log: m.log}
	m.metrics.registry.MustRegister(m.gpus)

	var err error
	if m.public, err = listen(ctx, c.Listen, "listen"); err != nil {
		return nil, err
	}
	if c.Admin != "" {
		if m.admin, err = listen(ctx, c.Admin, "admin_listen"); err != nil {
			return nil, errors.Join(err, m.public.Close())
		}
	}
	if err := m.assemble(); err != nil {
		m.closeListeners()
		return nil, err
	}
	running, cancel := context.WithCancel(ctx)
	m.stop = cancel
	go m.run(running)
	return m, nil
}

func listen(ctx context.Context, address, setting string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	flag := config.Program.Flag(setting)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is taken by another program; stop it or choose another address with --%s (or %s in the file)", address, flag, setting)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listening on %s is not permitted; choose a port above 1023 with --%s (or %s in the file)", address, flag, setting)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w; correct --%s (or %s in the file)", address, err, flag, setting)
	}
	return listener, nil
}

// assemble builds the servers. Only the replay store is opened by it.
func (m *Miner) assemble() error {
	c := m.options.Config
	endpoint, err := advertised(c.Advertise, m.public.Addr())
	if err != nil {
		return err
	}
	m.desired, err = servedBy(m.options.Engine.Info(), endpoint)
	if err != nil {
		return err
	}
	api := &api{
		engine: m.options.Engine, queue: m.queue, callers: m.callers, metrics: m.metrics, log: m.log, now: m.now,
		maxTokens: c.MaxTokens, timeout: c.RequestTimeout, started: m.now(),
	}
	if m.replay, err = wire.OpenBoltReplay(filepath.Join(c.Home, ReplayFile), wire.BoltReplayOptions{}); err != nil {
		return err
	}
	handler, err := m.publicHandler(api.routes())
	if err != nil {
		return errors.Join(err, m.replay.Close())
	}
	errorLog := slog.NewLogLogger(m.log.Handler(), slog.LevelDebug)
	m.publicServer = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaders, ErrorLog: errorLog,
		// Not shorter than an answer: the deadline for reading would cut a caller off that waits for one. Strangers'
		// bodies are not read at all.
		ReadTimeout: c.RequestTimeout + bodyTimeout, WriteTimeout: c.RequestTimeout + bodyTimeout + writeGrace,
	}
	m.adminServer = &http.Server{
		Handler: m.adminRoutes(), ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, WriteTimeout: writeGrace,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaders, ErrorLog: errorLog,
	}
	return nil
}

// publicHandler sends signed requests through the wire's checks and others through those of the API keys.
func (m *Miner) publicHandler(routes http.Handler) (http.Handler, error) {
	c := m.options.Config
	signed, err := wire.NewServer(wire.ServerConfig{
		ChainID: c.Chain.ID, Netuid: c.Netuid, Signer: m.options.Signer, Authorize: m.callers.authorize,
		Replay: m.replay, Now: m.now, MaxBody: c.MaxBody, Observe: m.observeRefusal,
	}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, _ := wire.FromContext(r.Context())
		routes.ServeHTTP(w, withCaller(r, m.callers.signed(request)))
	}))
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wire.IsSigned(r.Header) {
			signed.ServeHTTP(w, r)
			return
		}
		c, problem := m.callers.bearer(r.Header)
		if problem != nil {
			m.metrics.refused(problem.Code)
			wire.CloseAfterAnswer(w)
			refuse(w, r, problem)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, m.options.Config.MaxBody)
		routes.ServeHTTP(w, withCaller(r, c))
	}), nil
}

func withCaller(r *http.Request, c caller) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
}

func (m *Miner) observeRefusal(request *wire.Request, problem *wire.Problem, cause error) {
	m.metrics.refused(problem.Code)
	sender := ""
	if request != nil {
		sender = request.Sender
	}
	if problem.Code == wire.CodeInternal || problem.Code == wire.CodeReplayStore {
		m.log.Error("a request failed", "sender", sender, "code", problem.Code, "error", cause)
		return
	}
	m.log.Debug("refused", "sender", sender, "code", problem.Code, "detail", problem.Detail)
}

// Addr is the address of the public listener.
func (m *Miner) Addr() string { return m.public.Addr().String() }

// AdminAddr is the address of the operator's listener, empty when there is none.
func (m *Miner) AdminAddr() string {
	if m.admin == nil {
		return ""
	}
	return m.admin.Addr().String()
}

// Stop begins an orderly stop; [Miner.Wait] tells when it is over.
func (m *Miner) Stop() { m.stop() }

// Wait returns when everything has stopped: nil after an orderly stop.
func (m *Miner) Wait() error {
	<-m.finished
	return m.err
}

// run is the run group: the first part to end stops the others.
func (m *Miner) run(ctx context.Context) {
	defer close(m.finished)
	group, ctx := errgroup.WithContext(ctx)
	views := make(chan View, 1)
	publisher := &publisher{
		chain: m.options.Chain, state: m.state, metrics: m.metrics, log: m.log, desired: m.deserved, howToRegister: m.howToRegister(),
	}
	group.Go(func() error { return m.follow(ctx, views) })
	group.Go(func() error { return publisher.run(ctx, views) })
	group.Go(func() error { return serve(m.publicServer, netutil.LimitListener(m.public, maxConnections)) })
	if m.backend != nil {
		group.Go(func() error {
			m.backend.run(ctx)
			return nil
		})
	}
	if m.admin != nil {
		group.Go(func() error { return serve(m.adminServer, m.admin) })
	}
	group.Go(func() error {
		<-ctx.Done()
		m.drain()
		return nil
	})
	m.log.Info("serving", "listen", m.Addr(), "admin", m.AdminAddr(), "address", m.options.Signer.Address(),
		"model", m.desired.Model, "advertise", m.desired.Endpoints)
	m.gpus.read()
	if slices.ContainsFunc(m.desired.Endpoints, wire.OnlyLocal) {
		m.log.Warn("the published endpoint is not a public address: validators elsewhere refuse to ask it",
			"advertise", m.desired.Endpoints, "do", "on a public network set --advertise (and --listen) to an address that others reach")
	}
	err := group.Wait()
	m.err = errors.Join(err, m.options.Engine.Close(), m.replay.Close(), m.options.GPUs.Close())
	m.stop()
	m.log.Info("stopped")
}

func serve(server *http.Server, listener net.Listener) error {
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	}
	return nil
}

// follow keeps the newest view and hands it to the publisher.
func (m *Miner) follow(ctx context.Context, views chan View) error {
	err := m.options.Chain.Follow(ctx, func(err error) {
		switch before := m.state.setTrouble(err); {
		case err == nil && before != nil:
			m.log.Info("the chain is reached again")
		case err != nil && before == nil:
			m.log.Warn("the chain cannot be reached; trying until it can", "error", err)
		}
	}, func(view View) {
		m.announce(m.state.setView(view, m.now()), view)
		offer(views, view)
	})
	if ctx.Err() == nil {
		return fmt.Errorf("follow the chain: %w", err)
	}
	return nil
}

// announce says once that the subnet was paused or removed, and that it goes on.
func (m *Miner) announce(before, now View) {
	switch {
	case now.Paused && !before.Paused:
		m.log.Warn("governance has paused the subnet: validators do not ask until it is resumed; the miner keeps serving and needs nothing done", "height", now.Height)
	case now.Removed && !before.Removed:
		m.log.Warn("the subnet was removed from the chain: no validator will ask; what was earned can still be claimed", "height", now.Height,
			"do", "register on another subnet and set netuid")
	case (before.Paused || before.Removed) && !now.Paused && !now.Removed:
		m.log.Info("the subnet goes on", "height", now.Height)
	}
}

// drain lets running answers finish within the drain time, then cuts what is left.
func (m *Miner) drain() {
	m.state.drain()
	m.queue.close()
	m.log.Info("stopping; running answers finish first", "at_most", m.options.Config.DrainTimeout)
	ctx, cancel := context.WithTimeout(context.Background(), m.options.Config.DrainTimeout)
	defer cancel()
	if err := m.publicServer.Shutdown(ctx); err != nil {
		m.log.Warn("the drain time is over; cutting what is left", "error", err)
		_ = m.publicServer.Close() // it is being thrown away
	}
	_ = m.adminServer.Close() // it is being thrown away
}

func (m *Miner) closeListeners() {
	for _, listener := range []net.Listener{m.public, m.admin} {
		if listener != nil {
			_ = listener.Close() // nothing was accepted on it
		}
	}
}

func (m *Miner) howToRegister() string {
	return "miner register --home " + m.options.Config.Home
}

// advertised is the endpoint that goes onto the chain.
func advertised(configured string, bound net.Addr) (string, error) {
	if configured != "" {
		return configured, nil
	}
	tcp, ok := bound.(*net.TCPAddr)
	if !ok {
		return "", fmt.Errorf("cannot tell an endpoint from the address %s; set --advertise", bound)
	}
	if tcp.IP.IsUnspecified() {
		return "", fmt.Errorf("listening on %s does not say where others find this miner; set --advertise (or advertise in the file), for example http://<public address>:%d", bound, tcp.Port)
	}
	return "http://" + tcp.String(), nil
}

// servedBy is the record that an engine behind an endpoint deserves.
func servedBy(info engine.Info, endpoint string) (Served, error) {
	served := Served{Endpoints: []string{endpoint}, Protocols: []string{wire.Domain}, Model: info.Model}
	if info.Digest != "" {
		digest, err := hex.DecodeString(info.Digest)
		if err != nil {
			return Served{}, fmt.Errorf("the backend names the digest %q, which is not hexadecimal: %w", info.Digest, err)
		}
		served.ModelDigest = digest
	}
	served.Context = contextOf(info)
	return served, nil
}

func contextOf(info engine.Info) uint32 {
	return uint32(min(max(info.MaxContext, 0), 1<<31-1))
}

// deserved is the record as it should be now. How long the context of a server is may be known only after its first
// token: the record waits until the first probe is over, whatever came of it, so that it need not be corrected at once.
func (m *Miner) deserved() (record Served, known bool) {
	record = m.desired
	record.Context = contextOf(m.options.Engine.Info())
	return record, m.backend == nil || m.backend.tried()
}
