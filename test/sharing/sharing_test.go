package main

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/stat"
)

// The document is made by `go run ./test/sharing -update docs/sharing.md`; the cheapest of its rows is simulated again here.
func TestTheDocumentSaysWhatTheSimulationGives(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a few seconds")
	}
	document, err := os.ReadFile("../../docs/sharing.md")
	require.NoError(t, err)
	row, err := RowOf(t.Context(), Standard(), Curve[0])
	require.NoError(t, err)
	require.Contains(t, string(document), row, "run `go run ./test/sharing -update docs/sharing.md`")
}

func tiny() Size { return Size{Validators: 4, Miners: 12, Worlds: 2, Before: 3, Counted: 2} }

func TestRequestsAreThoseOfTheFormula(t *testing.T) {
	settings := []Setting{{20, 0, 1, false}, {20, 4, 1, false}, {20, 5, 3, true}, {20, 3, 9, false}, {20, 0, 0, false}}
	results, err := Run(t.Context(), tiny(), settings, shares)
	require.NoError(t, err)
	for _, r := range results {
		require.InDelta(t, r.Setting.Cost(tiny().Validators), r.Requests, 1e-9, "%+v", r.Setting)
	}
}

func TestWhoAsksTheSameAgrees(t *testing.T) {
	results, err := Run(t.Context(), tiny(), []Setting{{20, 0, 0, false}, {20, 4, 1, false}}, shares)
	require.NoError(t, err)
	for i, same := range results[0].Agreement {
		require.Equal(t, stat.One, same.Between.Mean)
		require.InDelta(t, stat.One, same.Trust.Mean, 100, "but for what dividing rounds away")
		apart := results[1].Agreement[i]
		require.Less(t, apart.Between.Mean, same.Between.Mean)
		require.Less(t, apart.Trust.Mean, same.Trust.Mean)
		require.LessOrEqual(t, apart.Between.Low, apart.Between.Mean)
		require.GreaterOrEqual(t, apart.Between.High, apart.Between.Mean)
	}
}

func TestTheSamePlanGivesTheSameNumbers(t *testing.T) {
	settings := []Setting{{20, 2, 1, false}}
	first, err := Run(t.Context(), tiny(), settings, shares)
	require.NoError(t, err)
	second, err := Run(t.Context(), tiny(), settings, shares)
	require.NoError(t, err)
	require.Equal(t, first, second)
}

func TestAbleMinersAreRightMoreOften(t *testing.T) {
	truth := newWorld(0, 64).truth()
	require.True(t, slices.IsSorted(truth))
	require.InDelta(t, 0.392e9, truth[0], 0.01e9)
	require.InDelta(t, 0.937e9, truth[63], 0.01e9)
}

func TestAPageHasEverySettingAndFitsIntoItsPlace(t *testing.T) {
	results := make([]Result, 0, len(Curve)+len(sameRequests)+len(sameQuestions))
	for _, setting := range slices.Concat(Curve, sameRequests, sameQuestions) {
		results = append(results, Result{Setting: setting, Requests: setting.Cost(10), Agreement: make([]Agreement, len(shares))})
	}
	made, err := Page(Standard(), results)
	require.NoError(t, err)
	for i := range results {
		require.Contains(t, made, Row(Standard(), &results[i]))
	}
	_, err = Page(Standard(), results[1:])
	require.Error(t, err)

	document, err := Insert("a\n"+BeginMark+"\nold\n"+EndMark+"\nb\n", made)
	require.NoError(t, err)
	require.NotContains(t, document, "old")
	again, err := Insert(document, made)
	require.NoError(t, err)
	require.Equal(t, document, again)
	_, err = Insert("no place", made)
	require.ErrorIs(t, err, ErrMarks)
}
