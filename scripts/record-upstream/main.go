// Command record-upstream records what a real server answers to the scenes of
// engine/openai/recorded, one file per scene.
//
//	go run ./scripts/record-upstream --url http://127.0.0.1:8080 --model parrot \
//	    --dialect llamacpp --tokens 431,441,287,300 --source "recorded from llama-server b10361" \
//	    --out engine/openai/testdata/llamacpp
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/agora-network/agora/engine/openai"
	"github.com/agora-network/agora/engine/openai/recorded"
)

func main() {
	url := flag.String("url", "", "address of the server, without /v1")
	model := flag.String("model", "", "name of the model on it")
	name := flag.String("dialect", "", "dialect of the server")
	source := flag.String("source", "", "which server and version, with which model")
	out := flag.String("out", "", "folder for the recordings")
	list := flag.String("tokens", "1,2,3", "tokens to be scored, separated by commas")
	flag.Parse()
	if err := run(*url, *model, *name, *list, *source, *out); err != nil {
		fmt.Fprintln(os.Stderr, "record-upstream:", err)
		os.Exit(1)
	}
}

func run(url, model, name, list, source, out string) error {
	if url == "" || model == "" || name == "" || source == "" || out == "" {
		return fmt.Errorf("all of --url, --model, --dialect, --source and --out are needed")
	}
	dialect, err := openai.ParseDialect(name)
	if err != nil {
		return err
	}
	var tokens []int32
	if err := json.Unmarshal([]byte("["+list+"]"), &tokens); err != nil {
		return fmt.Errorf("--tokens: %w", err)
	}
	if err := os.MkdirAll(out, 0o750); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	for _, scene := range recorded.Scenes {
		recording, err := recorded.Record(ctx, scene, url, model, dialect, tokens, source)
		if err != nil {
			return fmt.Errorf("scene %s: %w", scene.Name, err)
		}
		encoded, err := json.MarshalIndent(recording, "", " ")
		if err != nil {
			return fmt.Errorf("scene %s: %w", scene.Name, err)
		}
		if err := os.WriteFile(filepath.Join(out, scene.Name+".json"), append(encoded, '\n'), 0o600); err != nil {
			return err
		}
		short, _ := json.Marshal(recording.Result)
		fmt.Printf("%-22s %d exchanges  %.200s\n", scene.Name, len(recording.Exchanges), short)
	}
	return nil
}
