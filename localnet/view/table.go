package view

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/agora-network/agora/localnet/supervise"
)

// uagoraPerAgora is the number of base units in a coin.
const uagoraPerAgora = 1_000_000

// Coins writes an amount of uagora as AGORA, cut to two decimals.
func Coins(uagora uint64) string {
	return fmt.Sprintf("%d.%02d", uagora/uagoraPerAgora, uagora%uagoraPerAgora/(uagoraPerAgora/100))
}

// Table draws the network, one line of text per element.
func Table(s *Snapshot) []string {
	var out strings.Builder
	out.WriteString(headline(s) + "\n\n")
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...any) {
		for _, cell := range cells {
			fmt.Fprintf(w, "%v\t", cell)
		}
		fmt.Fprintln(w)
	}
	titles := []any{"MINER", "UID", "MODEL", "SCORE", "INCENTIVE"}
	for _, b := range several(s) {
		titles = append(titles, fmt.Sprintf("B%d (%d%%)", b.Number, b.ShareBP/100))
	}
	row(append(titles, "EARNED", "STATE")...)
	for _, m := range s.Miners {
		uid := "-"
		if m.Registered {
			uid = fmt.Sprint(m.UID)
		}
		cells := []any{m.Name, uid, model(m), share(m.Score), share(m.Incentive)}
		for b := range several(s) {
			var part Part
			if b < len(m.Benchmarks) {
				part = m.Benchmarks[b]
			}
			cells = append(cells, share(part.Incentive))
		}
		row(append(cells, Coins(m.Earned), m.Program.word())...)
	}
	_ = w.Flush() // writes to memory
	out.WriteString("\n")
	row("VALIDATOR", "POWER", "TRUST", "DIVIDENDS", "EARNED", "COMMITS", "MISSED", "STATE")
	for _, v := range s.Validators {
		row(v.Name, Coins(v.Power), share(v.Trust), share(v.Dividends), Coins(v.Earned), v.Commits, v.Missed, v.Program.word())
	}
	_ = w.Flush()
	out.WriteString("\n")
	row("NODE", "HEIGHT", "RPC", "REST", "STATE")
	for _, n := range s.Nodes {
		state := n.Program.word()
		if n.CatchingUp {
			state += ", catching up"
		}
		row(n.Name, n.Height, n.RPC, n.REST, state)
	}
	_ = w.Flush()
	return strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
}

// several are the benchmarks where there is more than one.
func several(s *Snapshot) []Benchmark {
	if len(s.Benchmarks) < 2 {
		return nil
	}
	return s.Benchmarks
}

// headline is the state of the network in one line.
func headline(s *Snapshot) string {
	switch {
	case s.Phase == Down:
		return "the network is down"
	case s.Phase == Failed:
		return "the start failed: " + s.Error
	case s.Phase == Ending:
		return "stopping"
	case s.Phase == Starting && s.Height == 0:
		return "starting: " + s.Step
	}
	parts := []string{fmt.Sprintf("%s  height %d", s.ChainID, s.Height)}
	if s.BlockSeconds > 0 {
		parts = append(parts, fmt.Sprintf("%.2f s/block", s.BlockSeconds))
	}
	if s.Epoch.Started {
		parts = append(parts, fmt.Sprintf("epoch %d, %s left", s.Epoch.Index, blocks(s.Epoch.BlocksLeft)))
		if s.Epoch.Closed > 0 {
			parts = append(parts, fmt.Sprintf("last epoch paid %s AGORA", Coins(s.Epoch.Paid)))
		}
	}
	if s.Phase == Starting {
		parts = append(parts, "starting: "+s.Step)
	}
	if s.Error != "" {
		parts = append(parts, "trouble: "+s.Error)
	}
	return strings.Join(parts, "  |  ")
}

func blocks(n int64) string {
	if n == 1 {
		return "1 block"
	}
	return fmt.Sprintf("%d blocks", n)
}

// Line is the network in one line, for output that is not a terminal.
func Line(s *Snapshot) string {
	miners := make([]string, 0, len(s.Miners))
	for _, m := range s.Miners {
		text := fmt.Sprintf("%s %s %s", m.Name, share(m.Incentive), Coins(m.Earned))
		if m.Program.State != supervise.Running {
			text += " (" + m.Program.word() + ")"
		}
		miners = append(miners, text)
	}
	line := headline(s)
	if s.Epoch.Started {
		line += "  |  " + strings.Join(miners, ", ")
	}
	return line
}

func share(x float64) string {
	return fmt.Sprintf("%.3f", x)
}

// model is what the miner says it serves, with the way it really answers where it
// is one of the backends that only pretend.
func model(m Miner) string {
	kind, _, _ := strings.Cut(m.Backend, "=")
	switch {
	case m.Model == "":
		return m.Backend
	case kind == "native" || kind == "openai" || kind == m.Model:
		return m.Model
	default:
		return m.Model + " (" + kind + ")"
	}
}

// word is the state of a program, with how it ended where that is news.
func (p Program) word() string {
	switch p.State {
	case supervise.Crashed:
		return "crashed: " + p.Exit
	case "":
		return "not started"
	default:
		return string(p.State)
	}
}

// Duration writes the seconds of a step the way progress lines show them.
func Duration(d time.Duration) string {
	return fmt.Sprintf("%5.2f s", d.Seconds())
}
