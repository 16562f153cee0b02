//go:build unix

package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
)

// generatorRows adds what a question takes, by generator, under the default settings. What draws from documents is left
// out: there the documents decide.
func generatorRows(_ context.Context, _ settings, t *table) error {
	t.heading("drawing one question, mean of all families")
	for _, info := range generate.Infos() {
		if info.NeedsDocuments {
			continue
		}
		took, dearest, dearestTook, err := measureGenerator(info)
		if err != nil {
			return fmt.Errorf("%s: %w", info.Name, err)
		}
		t.row(fmt.Sprintf("%s, %d families; %s takes %s", info.Name, len(info.Families), dearest, inMicros(dearestTook)), inMicros(took))
	}
	return nil
}

// measureGenerator measures every family and names the dearest.
func measureGenerator(info generate.Info) (mean time.Duration, dearest string, dearestTook time.Duration, err error) {
	generator, found := generate.Lookup(info.Name)
	if !found {
		return 0, "", 0, fmt.Errorf("there is no generator %q", info.Name)
	}
	defaults, err := generator.Settings()
	if err != nil {
		return 0, "", 0, err
	}
	var sum time.Duration
	for _, family := range info.Families {
		seed := sha256.Sum256([]byte("roundbench/generator"))
		number := uint64(0)
		took, err := processorTimeOf(func() error {
			stream := chance.ItemStream(seed, number)
			number++
			if q := generator.Draw(&stream, family.Name, defaults); q.Prompt == "" {
				return fmt.Errorf("family %q asks nothing", family.Name)
			}
			return nil
		})
		if err != nil {
			return 0, "", 0, err
		}
		if sum += took; took > dearestTook {
			dearest, dearestTook = family.Name, took
		}
	}
	return sum / time.Duration(len(info.Families)), dearest, dearestTook, nil
}
