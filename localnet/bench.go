package localnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/localnet/control"
	"github.com/agora-network/agora/localnet/measure"
	"github.com/agora-network/agora/localnet/view"
)

// The bars a local network must stay under, on two cores.
const (
	barFirstBlock = 10.0 // s
	barFirstPaid  = 60.0 // s
	barResident   = 1600 // MB
	barCPU        = 60.0 // % of two cores
	barBinary     = 60.0 // MB, of miner and validator
	barCores      = 2
)

const megabyte = 1e6

// figure is one thing that was measured.
type figure struct {
	name  string
	value float64
	unit  string
	// bar is the most the value may be; 0 = there is none.
	bar float64
}

func (f figure) missed() bool { return f.bar > 0 && f.value > f.bar }

func (f figure) String() string {
	line := fmt.Sprintf("%-38s %9.2f %-15s", f.name, f.value, f.unit)
	switch {
	case f.bar == 0:
		return line
	case f.missed():
		return line + fmt.Sprintf(" at most %g: MISSED", f.bar)
	default:
		return line + fmt.Sprintf(" at most %g", f.bar)
	}
}

func benchCommand() *cobra.Command {
	flags := &upFlags{}
	var reportOnly bool
	var window time.Duration
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure a fresh network: start-up, memory, processor time, sizes",
		Long: `Start a fresh network in a folder for temporary files, measure it, print the figures
beside the bars they must stay under, and take everything down again. It fails when
a bar is missed, unless --report-only.`,
		Example: `  agorad localnet bench
  agorad localnet bench --report-only --window 2m`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.settings.Validate(); err != nil {
				return err
			}
			if window < time.Second {
				return fmt.Errorf("--window %s: choose 1s or more", window)
			}
			ctx, _, release := interrupts(cmd.Context())
			defer release()
			figures, err := bench(ctx, cmd.ErrOrStderr(), flags, chosen(cmd.Flags()), window)
			missed := 0
			for _, f := range figures {
				fmt.Fprintln(cmd.OutOrStdout(), f)
				if f.missed() {
					missed++
				}
			}
			if err == nil && missed > 0 && !reportOnly {
				err = fmt.Errorf("%d of the bars were missed", missed)
			}
			return err
		},
	}
	flags.add(cmd.Flags())
	cmd.Flags().BoolVar(&reportOnly, "report-only", false, "succeed although a bar is missed")
	cmd.Flags().DurationVar(&window, "window", 30*time.Second, "how long the processor time of the running network is measured")
	return cmd
}

// bench measures. Figures that were taken before an error are returned with it.
func bench(ctx context.Context, progress io.Writer, flags *upFlags, chosen []string, window time.Duration) (figures []figure, err error) {
	bins, err := FindBinaries(flags.binDir)
	if err != nil {
		return nil, err
	}
	if figures, err = measureBinaries(ctx, bins); err != nil {
		return figures, err
	}
	dir, err := os.MkdirTemp("", "agora-bench-")
	if err != nil {
		return figures, fmt.Errorf("make a folder for the network: %w", err)
	}
	home := Home(filepath.Join(dir, "net"))
	if err := home.create(); err != nil {
		return figures, err
	}
	fmt.Fprintf(progress, "starting a network in %s\n", home)
	child := exec.Command(bins.Agorad, detachedArguments(runOptions{home: home, settings: flags.settings, chosen: chosen, binDir: flags.binDir})...)
	log, err := os.Create(home.LogFile(supervisorName))
	if err != nil {
		return figures, home.unwritable(err)
	}
	defer log.Close()
	child.Stdout, child.Stderr = log, log
	// Ctrl-C is for this program, which then stops the network in good order.
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	began := time.Now()
	if err := child.Start(); err != nil {
		return figures, fmt.Errorf("start the network: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = child.Wait()
		close(ended)
	}()
	b := &benchmarked{home: home, pid: child.Process.Pid, began: began, ended: ended}
	measured, err := b.measure(ctx, progress, window)
	figures = append(figures, measured...)

	fmt.Fprintln(progress, "taking it down")
	stopping := time.Now()
	_ = child.Process.Signal(syscall.SIGTERM)
	<-ended
	figures = append(figures, figure{name: "everything stopped after", value: time.Since(stopping).Seconds(), unit: "s"})
	if err != nil {
		return figures, fmt.Errorf("%w; the network's files are kept in %s", err, home)
	}
	return figures, os.RemoveAll(dir)
}

// measureBinaries takes the sizes of the programs and how long each needs to say its version.
func measureBinaries(ctx context.Context, bins Binaries) ([]figure, error) {
	var figures []figure
	for _, program := range []struct {
		name, path, ask string
		bar             float64
	}{
		{"agorad", bins.Agorad, "version", 0},
		{"miner", bins.Miner, "version", barBinary},
		{"validator", bins.Validator, "version", barBinary},
	} {
		info, err := os.Stat(program.path)
		if err != nil {
			return figures, err
		}
		figures = append(figures, figure{name: "size of " + program.name, value: float64(info.Size()) / megabyte, unit: "MB", bar: program.bar})
		began := time.Now()
		if err := runOnce(ctx, program.path, program.ask); err != nil {
			return figures, err
		}
		figures = append(figures, figure{name: program.name + " starts within", value: time.Since(began).Seconds(), unit: "s"})
	}
	return figures, nil
}

// benchmarked is a network under measurement.
type benchmarked struct {
	home  Home
	pid   int
	began time.Time
	ended <-chan struct{}
}

// measure waits for the first paid epoch and then takes memory and processor time.
func (b *benchmarked) measure(ctx context.Context, progress io.Writer, window time.Duration) ([]figure, error) {
	client, err := control.Dial(string(b.home))
	if err != nil {
		return nil, err
	}
	var figures []figure
	for _, moment := range []struct {
		name    string
		bar     float64
		reached func(*view.Snapshot) bool
	}{
		{"first block after", barFirstBlock, func(s *view.Snapshot) bool { return s.Timings.FirstBlock > 0 }},
		{"network up after", 0, func(s *view.Snapshot) bool { return s.Timings.Ready > 0 }},
		{"first paid epoch after", barFirstPaid, func(s *view.Snapshot) bool { return s.Timings.FirstPaid > 0 }},
	} {
		if err := b.await(ctx, client, moment.reached); err != nil {
			return figures, fmt.Errorf("%s: %w", moment.name, err)
		}
		f := figure{name: moment.name, value: time.Since(b.began).Seconds(), unit: "s", bar: moment.bar}
		figures = append(figures, f)
		fmt.Fprintln(progress, f)
	}
	fmt.Fprintf(progress, "measuring for %s\n", window)
	var snapshot view.Snapshot
	if err := client.Status(ctx, &snapshot); err != nil {
		return figures, err
	}
	before, err := b.usage(&snapshot)
	if err != nil {
		return figures, err
	}
	began := time.Now()
	select {
	case <-ctx.Done():
		return figures, ctx.Err()
	case <-b.ended:
		return figures, errEnded
	case <-time.After(window):
	}
	elapsed := time.Since(began)
	after, err := b.usage(&snapshot)
	if err != nil {
		return figures, err
	}
	total := after.total()
	for _, kind := range []string{"nodes", "miners", "validators", supervisorName} {
		figures = append(figures,
			figure{name: "resident: " + kind, value: float64(after[kind].Resident) / megabyte, unit: "MB"},
			figure{name: "processor: " + kind, value: percent(after[kind].CPU-before[kind].CPU, elapsed), unit: "% of 2 cores"},
		)
	}
	return append(figures,
		figure{name: "resident: whole network", value: float64(total.Resident) / megabyte, unit: "MB", bar: barResident},
		figure{name: "of it, shared pages counted once", value: float64(total.Proportional) / megabyte, unit: "MB"},
		figure{name: "processor: whole network", value: percent(total.CPU-before.total().CPU, elapsed), unit: "% of 2 cores", bar: barCPU},
	), nil
}

func percent(cpu, elapsed time.Duration) float64 {
	return 100 * cpu.Seconds() / elapsed.Seconds() / barCores
}

// await asks for the state of the network until it has come so far.
func (b *benchmarked) await(ctx context.Context, client *control.Client, reached func(*view.Snapshot) bool) error {
	timeout := time.NewTimer(2 * patience)
	defer timeout.Stop()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		var snapshot view.Snapshot
		if client.Status(ctx, &snapshot) == nil && reached(&snapshot) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.ended:
			return fmt.Errorf("%w:\n%s", errEnded, tail(b.home.LogFile(supervisorName), 25))
		case <-timeout.C:
			return errors.New("it took too long")
		case <-ticker.C:
		}
	}
}

// usages are what the programs of the network take, by kind.
type usages map[string]measure.Usage

func (u usages) total() measure.Usage {
	var sum measure.Usage
	for _, usage := range u {
		sum = added(sum, usage)
	}
	return sum
}

func added(a, b measure.Usage) measure.Usage {
	return measure.Usage{Resident: a.Resident + b.Resident, Proportional: a.Proportional + b.Proportional, CPU: a.CPU + b.CPU}
}

// usage measures every process of the network, the supervisor's included.
func (b *benchmarked) usage(snapshot *view.Snapshot) (usages, error) {
	all := usages{}
	take := func(kind string, pid int) error {
		usage, err := measure.Process(pid)
		if err != nil {
			return err
		}
		all[kind] = added(all[kind], usage)
		return nil
	}
	err := take(supervisorName, b.pid)
	for _, node := range snapshot.Nodes {
		err = errors.Join(err, take("nodes", node.Program.PID))
	}
	for _, miner := range snapshot.Miners {
		err = errors.Join(err, take("miners", miner.Program.PID))
	}
	for _, validator := range snapshot.Validators {
		err = errors.Join(err, take("validators", validator.Program.PID))
	}
	return all, err
}
