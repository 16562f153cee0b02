// Command try runs a module of the sandbox on a file of goldens and says what it gives,
// how much work that takes and whether it is what was promised.
//
//	go run ./sdk/try my.wasm goldens.json          compare
//	go run ./sdk/try -write my.wasm goldens.json   write what the module gives
package main

import (
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"

	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/sdk/golden"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "try:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("try [flags] MODULE GOLDENS", flag.ContinueOnError)
	flags.SetOutput(out)
	write := flags.Bool("write", false, "write what the module gives into the file")
	interpreter := flags.Bool("interpreter", false, "run without compiling")
	pages := flags.Uint("pages", sandbox.DefaultMemoryPages, "memory in pages of 64 KiB")
	limit := flags.Duration("time", sandbox.DefaultTime, "time of one call, from which its work follows")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		flags.Usage()
		return errors.New("name a module and a file of goldens")
	}
	code, err := os.ReadFile(flags.Arg(0))
	if err != nil {
		return err
	}
	text, err := os.ReadFile(flags.Arg(1))
	if err != nil {
		return err
	}
	goldens, err := golden.Parse(text)
	if err != nil {
		return fmt.Errorf("%s: %w", flags.Arg(1), err)
	}
	runtime, err := sandbox.Open(sandbox.Options{Interpreter: *interpreter})
	if err != nil {
		return err
	}
	module, err := runtime.Compile(ctx, code, sandbox.Limits{MemoryPages: uint32(min(*pages, 1<<32-1)), Time: *limit})
	if err != nil {
		return fmt.Errorf("%s: %w", flags.Arg(0), err)
	}
	defer module.Close()
	digest := module.Digest()
	fmt.Fprintf(out, "%s: %d bytes, sha256 %x\n", flags.Arg(0), len(code), digest)
	if err := fill(ctx, module, goldens, out); err != nil {
		return err
	}
	if *write {
		if text, err = goldens.Encode(); err != nil {
			return err
		}
		return os.WriteFile(flags.Arg(1), text, 0o644) //nolint:gosec // goldens are public
	}
	return compare(ctx, module, text, out)
}

// fill puts what the module gives into the goldens and prints it.
func fill(ctx context.Context, module *sandbox.Module, goldens *golden.File, out io.Writer) error {
	instance, err := module.Instance(ctx)
	if err != nil {
		return err
	}
	defer instance.Close()
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "golden\tresult\twork")
	for i := range goldens.Scores {
		g := &goldens.Scores[i]
		input := g.Input()
		score, err := instance.Score(ctx, &input)
		var abstained *sandbox.AbstainError
		switch {
		case errors.As(err, &abstained):
			g.Score, g.Abstain = 0, abstained.Code
			fmt.Fprintf(table, "%s\tabstains with %d\t%d\n", g.Name, g.Abstain, instance.Work())
		case err != nil:
			return fmt.Errorf("golden %q: %w", g.Name, err)
		default:
			g.Score, g.Abstain = score, 0
			fmt.Fprintf(table, "%s\t%d\t%d\n", g.Name, score, instance.Work())
		}
	}
	for i := range goldens.Questions {
		g := &goldens.Questions[i]
		made, err := instance.Generate(ctx, g.Seed)
		if err != nil {
			return fmt.Errorf("seed %x: %w", g.Seed, err)
		}
		g.Question = &made
		fmt.Fprintf(table, "seed %s…\t%s\t%d\n", hex.EncodeToString(g.Seed[:4]), digestOf(&made), instance.Work())
	}
	return nil
}

func digestOf(q *question.Question) string {
	digest, err := q.Digest()
	if err != nil {
		return err.Error()
	}
	return hex.EncodeToString(digest[:])
}

// compare replays the goldens as the file has them.
func compare(ctx context.Context, module *sandbox.Module, text []byte, out io.Writer) error {
	goldens, err := golden.Parse(text)
	if err != nil {
		return err
	}
	if err := module.Replay(ctx, goldens.Goldens()); err != nil {
		return err
	}
	questions, err := goldens.GeneratorGoldens()
	if err != nil {
		return err
	}
	if err := module.ReplayGenerator(ctx, questions); err != nil {
		return err
	}
	fmt.Fprintf(out, "all %d goldens are as promised\n", len(goldens.Scores)+len(questions))
	return nil
}
