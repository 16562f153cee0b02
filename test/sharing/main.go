package main

import (
	"context"
	"flag"
	"fmt"
	"os"
)

func main() {
	update := flag.String("update", "", "put the result into this document, in place of what is there")
	flag.Parse()
	if err := run(context.Background(), *update); err != nil {
		fmt.Fprintln(os.Stderr, "sharing:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, update string) error {
	size := Standard()
	results, err := Simulate(ctx, size)
	if err != nil {
		return err
	}
	made, err := Page(size, results)
	if err != nil {
		return err
	}
	if update == "" {
		fmt.Print(made)
		return nil
	}
	document, err := os.ReadFile(update) //nolint:gosec // the operator's
	if err != nil {
		return err
	}
	text, err := Insert(string(document), made)
	if err != nil {
		return fmt.Errorf("%s: %w", update, err)
	}
	return os.WriteFile(update, []byte(text), 0o644) //nolint:gosec // a page of the documentation
}
