package stat_test

import (
	"go/build"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/internal/portable/portabletest"
)

func failure[T any](_ T, err error) error { return err }

func TestInputWithoutAnAnswerIsRefusedWithANamedError(t *testing.T) {
	long := make([]int64, stat.MaxPlayers+1)
	crowd := make([][]int64, stat.MaxPlayers+1)
	for p := range crowd {
		crowd[p] = []int64{0}
	}
	wide, row := make([][]int64, 100), make([]int64, 1<<19)
	for p := range wide {
		wide[p] = row
	}
	one, model, newcomer := [][]int64{{0}}, stat.DefaultOpenSkill(), stat.DefaultOpenSkill().Newcomer()
	games, err := stat.NewTournament(2)
	require.NoError(t, err)
	require.NoError(t, games.Win(0, 1, stat.MaxGames))
	plan := stat.SequentialPlan{Alpha: stat.One / 100, Gap: stat.One / 50, MaxItems: 10}
	changed := func(change func(*stat.SequentialPlan)) error {
		p := plan
		change(&p)
		return failure(stat.NewSequential(p))
	}
	sequential, err := stat.NewSequential(plan)
	require.NoError(t, err)
	measured, err := stat.Average{}.Add(1, 5, 1, 1)
	require.NoError(t, err)
	broken := func(change func(*stat.OpenSkill)) error {
		m := model
		change(&m)
		return failure(m.Match([]stat.Rating{newcomer}, []int64{1}))
	}
	for name, c := range map[string]struct{ have, want error }{
		"average of a score above one":        {failure(stat.Average{}.Add(stat.One+1, 1, 1, 1)), stat.ErrRange},
		"average with no half life":           {failure(stat.Average{}.Add(1, 1, 0, 1)), stat.ErrRange},
		"average with no nominal distance":    {failure(stat.Average{}.Add(1, 1, 1, 0)), stat.ErrRange},
		"average of the same block":           {failure(measured.Add(1, 5, 1, 1)), stat.ErrRange},
		"win rates of nobody":                 {failure(stat.WinRates(nil, nil, 0)), stat.ErrEmpty},
		"win rates on nothing":                {failure(stat.WinRates([][]int64{{}}, []uint64{1}, 0)), stat.ErrEmpty},
		"win rates of a ragged table":         {failure(stat.WinRates([][]int64{{0}, {0, 1}}, []uint64{1, 2}, 0)), stat.ErrLength},
		"win rates without blocks":            {failure(stat.WinRates(one, nil, 0)), stat.ErrLength},
		"win rates with a negative epsilon":   {failure(stat.WinRates(one, []uint64{1}, -1)), stat.ErrRange},
		"win rates of what is no score":       {failure(stat.WinRates([][]int64{{-2}}, []uint64{1}, 0)), stat.ErrRange},
		"win rates of a crowd":                {failure(stat.WinRates(crowd, make([]uint64, len(crowd)), 0)), stat.ErrTooMany},
		"win rates of too many comparisons":   {failure(stat.WinRates(wide, make([]uint64, len(wide)), 0)), stat.ErrTooMany},
		"tournament of nobody":                {failure(stat.NewTournament(-1)), stat.ErrEmpty},
		"tournament of a crowd":               {failure(stat.NewTournament(stat.MaxPlayers + 1)), stat.ErrTooMany},
		"tournament from nothing":             {failure(stat.FromScores(nil)), stat.ErrEmpty},
		"win of a stranger":                   {games.Win(0, 2, 1), stat.ErrRange},
		"win against oneself":                 {games.Win(1, 1, 1), stat.ErrRange},
		"negative wins":                       {games.Win(1, 0, -1), stat.ErrRange},
		"ties beyond the most games":          {games.Tie(1, 0, 1), stat.ErrTooMany},
		"negative prior":                      {failure(stat.BradleyTerry(games, -1)), stat.ErrRange},
		"match of nobody":                     {failure(model.Match(nil, nil)), stat.ErrEmpty},
		"match without scores":                {failure(model.Match([]stat.Rating{newcomer}, nil)), stat.ErrLength},
		"match of the certain":                {failure(model.Match([]stat.Rating{{Mu: 1}}, []int64{1})), stat.ErrRange},
		"match of a crowd":                    {failure(model.Match(make([]stat.Rating, len(long)), long)), stat.ErrTooMany},
		"match without beta":                  {broken(func(m *stat.OpenSkill) { m.Beta = 0 }), stat.ErrRange},
		"match without kappa":                 {broken(func(m *stat.OpenSkill) { m.Kappa = 0 }), stat.ErrRange},
		"match with a negative tau":           {broken(func(m *stat.OpenSkill) { m.Tau = -1 }), stat.ErrRange},
		"match of a model without sigma":      {broken(func(m *stat.OpenSkill) { m.Sigma = 0 }), stat.ErrRange},
		"chance against the infinitely good":  {failure(model.Chance(newcomer, stat.Rating{Mu: 1 << 62, Sigma: 1})), stat.ErrRange},
		"dominance with too much tolerance":   {failure(stat.Dominance{Margin: 1, Tolerance: 2}.Fronts(one)), stat.ErrRange},
		"dominance with a negative margin":    {failure(stat.Dominance{Margin: -1}.Undominated(one)), stat.ErrRange},
		"fronts with an absent score":         {failure(stat.Dominance{}.Fronts([][]int64{{stat.Absent}})), stat.ErrRange},
		"fronts of nobody":                    {failure(stat.Dominance{}.Fronts(nil)), stat.ErrEmpty},
		"champion of nobody":                  {failure(stat.Champion(nil, stat.Nobody, 0)), stat.ErrEmpty},
		"champion who is not there":           {failure(stat.Champion([]int64{1}, 1, 0)), stat.ErrRange},
		"champion with a negative margin":     {failure(stat.Champion([]int64{1}, 0, -1)), stat.ErrRange},
		"champion of what is no score":        {failure(stat.Champion([]int64{stat.Absent}, 0, 0)), stat.ErrRange},
		"apportion nothing":                   {failure(stat.Apportion(nil, 1)), stat.ErrEmpty},
		"apportion more than fits":            {failure(stat.Apportion([]uint64{1 << 62, 1 << 62}, 1)), stat.ErrRange},
		"softmax of nothing":                  {failure(stat.Softmax(nil, 1, 1)), stat.ErrEmpty},
		"softmax without a temperature":       {failure(stat.Softmax([]int64{1}, 0, 1)), stat.ErrRange},
		"softmax of a huge score":             {failure(stat.Softmax([]int64{1 << 62}, 1, 1)), stat.ErrRange},
		"tau of nothing":                      {failure(stat.KendallTau(nil, nil)), stat.ErrEmpty},
		"tau of different lengths":            {failure(stat.KendallTau([]int64{1}, nil)), stat.ErrLength},
		"tau of a crowd":                      {failure(stat.KendallTau(long, long)), stat.ErrTooMany},
		"sign test of negative wins":          {failure(stat.SignTest(-1, 0)), stat.ErrRange},
		"sign test of a crowd":                {failure(stat.SignTest(stat.MaxTrials, 1)), stat.ErrTooMany},
		"correction of nothing":               {failure(stat.Holm(nil)), stat.ErrEmpty},
		"correction of what is no chance":     {failure(stat.BenjaminiHochberg([]int64{stat.One + 1})), stat.ErrRange},
		"sequential test without alpha":       {changed(func(p *stat.SequentialPlan) { p.Alpha = 0 }), stat.ErrRange},
		"sequential test beyond the range":    {changed(func(p *stat.SequentialPlan) { p.Margin = stat.One }), stat.ErrRange},
		"sequential test without a gap":       {changed(func(p *stat.SequentialPlan) { p.Gap = 0 }), stat.ErrRange},
		"sequential test without items":       {changed(func(p *stat.SequentialPlan) { p.MaxItems = 0 }), stat.ErrRange},
		"sequential test of what is too far":  {failure(sequential.Add(stat.One + 1)), stat.ErrRange},
		"sequential test without end of item": {changed(func(p *stat.SequentialPlan) { p.MaxItems = stat.MaxItems + 1 }), stat.ErrRange},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, c.have, c.want)
			require.NotEqual(t, c.want.Error(), c.have.Error(), "the place is missing")
		})
	}
	require.Zero(t, sequential.Items())
}

func TestEdgesHaveTheAnswersThatTheCommentsGive(t *testing.T) {
	for _, c := range []struct {
		scores   []int64
		champion int
		margin   int64
		want     int
	}{
		{[]int64{5, 9, 9}, stat.Nobody, 0, 1},
		{[]int64{5, 9, 9}, 2, 0, 2},
		{[]int64{5, 9, 9}, 0, 4, 0},
		{[]int64{5, 9, 9}, 0, 3, 1},
		{[]int64{0}, stat.Nobody, 0, 0},
	} {
		have, err := stat.Champion(c.scores, c.champion, c.margin)
		require.NoError(t, err)
		require.Equal(t, c.want, have, "%v", c)
	}
	require.EqualValues(t, 75, stat.LinearDecay(100, 50, 5, 10))
	require.EqualValues(t, 75, stat.LinearDecay(50, 100, 5, 10))
	require.EqualValues(t, 50, stat.LinearDecay(100, 50, 10, 10))
	require.EqualValues(t, 50, stat.LinearDecay(100, 50, 0, 0))
	require.Equal(t, stat.One, stat.LinearDecay(2*stat.One, -1, 0, 10))
	zeros, err := stat.Apportion([]uint64{0, 0}, 9)
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 0}, zeros)
	alone, err := stat.Dominance{}.Undominated([][]int64{{0}})
	require.NoError(t, err)
	require.Equal(t, []int64{stat.One}, alone)
	tied, err := stat.KendallTau([]int64{3, 3}, []int64{1, 2})
	require.NoError(t, err)
	require.Zero(t, tied)
	games, err := stat.NewTournament(1)
	require.NoError(t, err)
	for _, prior := range []int64{0, stat.One} {
		strengths, err := stat.BradleyTerry(games, prior)
		require.NoError(t, err)
		require.Equal(t, []stat.Strength{{Log: 0, Chance: stat.One / 2}}, strengths)
	}
	games, err = stat.NewTournament(2)
	require.NoError(t, err)
	require.NoError(t, games.Tie(0, 1, 3))
	require.Equal(t, 3*stat.One/2, games.Wins(1, 0))
	require.Zero(t, games.Wins(2, 0))
	require.Equal(t, 2, games.Players())
	// a beats b, b beats c and c beats a by more than the margin, nowhere worse than tolerated.
	circle, err := stat.Dominance{Margin: 6, Tolerance: 6}.Fronts([][]int64{{10, 0, 5}, {3, 6, 11}, {9, 12, 5}, {0, 0, 0}})
	require.NoError(t, err)
	require.Len(t, circle, 4)
	require.False(t, stat.Dominance{}.Dominates([]int64{1, 2}, []int64{0}))
	require.False(t, stat.Dominance{}.Dominates([]int64{1}, []int64{0, 0}))
	for v, name := range map[stat.Verdict]string{stat.Open: "open", stat.Above: "above", stat.Below: "below", stat.Exhausted: "exhausted", 9: "Verdict(9)"} {
		require.Equal(t, name, v.String())
	}
}

// What becomes a weight must not depend on a platform's functions, on fused operations or on gonum's
// assembly.
func TestNothingInTheSourceDependsOnThePlatform(t *testing.T) {
	portabletest.Check(t, ".")
	folder, err := build.ImportDir(".", 0)
	require.NoError(t, err)
	for _, path := range folder.Imports {
		require.True(t, !strings.Contains(path, ".") || strings.HasPrefix(path, "github.com/agora-network/agora/internal/"), path)
	}
}

func TestEveryStatisticIsListedOnceWithItsSource(t *testing.T) {
	seen := map[string]bool{}
	for _, info := range stat.Infos() {
		require.False(t, seen[info.Name], info.Name)
		seen[info.Name] = true
		require.NotEmpty(t, info.Summary)
		require.NotEmpty(t, info.Source)
		require.True(t, info.Committed)
	}
}
