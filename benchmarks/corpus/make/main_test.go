package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmarks/corpus"
)

func TestTheCorpusIsWhatThisCommandWrites(t *testing.T) {
	root, err := goroot(t.Context())
	if err != nil {
		t.Skip(err)
	}
	made, err := write(t.Context(), root, filepath.Join(t.TempDir(), "corpus"))
	require.NoError(t, err)
	_, committed, err := corpus.Open()
	require.NoError(t, err)
	require.Equal(t, committed, made)
}

func TestACommentIsCutAtItsParagraphs(t *testing.T) {
	paragraph := func(n int) string { return string(make([]byte, n)) }
	for name, c := range map[string]struct {
		text  string
		sizes []int
	}{
		"a whole comment":             {paragraph(300) + "\n\n" + paragraph(298), []int{600}},
		"too short":                   {paragraph(300), nil},
		"too long for one":            {paragraph(1000) + "\n\n" + paragraph(1000) + "\n\n" + paragraph(100), []int{1000, 1102}},
		"a paragraph that is no text": {paragraph(600) + "\n\n" + paragraph(1801) + "\n\n" + paragraph(700), []int{600, 700}},
	} {
		t.Run(name, func(t *testing.T) {
			var sizes []int
			for _, document := range cut(c.text) {
				sizes = append(sizes, len(document))
			}
			require.Equal(t, c.sizes, sizes)
		})
	}
}
