package miner

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/openai"
)

func TestAMinerInFrontOfAServerLeavesMostProcessorsToIt(t *testing.T) {
	for name, c := range map[string]struct {
		configured, available int
		leaveMost             bool
		want                  int
	}{
		"one of one":                           {0, 1, true, 1},
		"one of two":                           {0, 2, true, 1},
		"one of seven":                         {0, 7, true, 1},
		"two of eight":                         {0, 8, true, 2},
		"sixteen of sixty-four":                {0, 64, true, 16},
		"all where the model is computed here": {0, 8, false, 8},
		"as many as are configured":            {3, 8, true, 3},
		"as many as are configured, though there were": {16, 8, false, 16},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, processors(c.configured, c.available, c.leaveMost))
		})
	}
}

func TestProcessorsAreBoundForTheWholeProcess(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	server, err := openai.Open(openai.Options{BaseURL: "http://127.0.0.1:1", Model: "m"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })

	runtime.GOMAXPROCS(8)
	t.Setenv("GOMAXPROCS", "")
	require.Equal(t, 2, UseProcessors(0, server))
	require.Equal(t, 2, runtime.GOMAXPROCS(0))
	require.Equal(t, 5, UseProcessors(5, server))
	require.Equal(t, 5, runtime.GOMAXPROCS(0))

	t.Setenv("GOMAXPROCS", "5")
	require.Equal(t, 5, UseProcessors(0, server), "who sets the variable has chosen")
	require.Equal(t, 2, UseProcessors(2, server), "the configuration goes before the variable")
}
