package main

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
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

func tiny() Size { return Size{Miners: 12, Worlds: 2, Before: 3, Counted: 2} }

func TestRequestsAreThoseOfTheFormula(t *testing.T) {
	settings := []Setting{{4, 20, 0, 1, false}, {4, 20, 4, 1, false}, {5, 20, 5, 3, true}, {4, 20, 3, 9, false}, {4, 20, 0, 0, false}, {1, 20, 2, 1, false}}
	results, err := Run(t.Context(), tiny(), settings, shares)
	require.NoError(t, err)
	for _, r := range results {
		require.InDelta(t, r.Setting.Cost(), r.Requests, 1e-9, "%+v", r.Setting)
	}
}

func TestMoreQuestionsMakeValidatorsAgreeMore(t *testing.T) {
	results, err := Run(t.Context(), tiny(), []Setting{{4, 16, 0, 1, false}, {4, 64, 0, 0, false}}, shares)
	require.NoError(t, err)
	for i, few := range results[0].Agreement {
		many := results[1].Agreement[i]
		require.Less(t, few.Between.Mean, many.Between.Mean)
		require.Less(t, few.Trust.Mean, many.Trust.Mean)
		require.Less(t, many.Between.Mean, stat.One, "each asks questions of its own")
		require.LessOrEqual(t, few.Between.Low, few.Between.Mean)
		require.GreaterOrEqual(t, few.Between.High, few.Between.Mean)
	}
}

func TestQuestionsForCalibrationAreAskedButCountForNobody(t *testing.T) {
	s, err := declared(Setting{Validators: 2, Items: 20, Calibration: 8})
	require.NoError(t, err)
	program, err := benchmark.Open(t.Context(), s, benchmark.Env{})
	require.NoError(t, err)
	defer program.Close()
	rows, requests, err := newWorld(0, 3).epoch(t.Context(), program, 2, 3, 0)
	require.NoError(t, err)
	require.Equal(t, 2*3*20, requests)
	for _, row := range rows {
		for _, score := range row {
			require.Equal(t, 20-8, score.Scored)
		}
	}
}

func TestTheSamePlanGivesTheSameNumbers(t *testing.T) {
	settings := []Setting{{4, 20, 2, 1, false}}
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
	var results []Result
	for _, setting := range Settings() {
		results = append(results, Result{Setting: setting, Requests: setting.Cost(), Agreement: make([]Agreement, len(shares))})
	}
	made, err := Page(Standard(), results)
	require.NoError(t, err)
	for i := range results {
		require.Contains(t, made, Row(&results[i]))
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
