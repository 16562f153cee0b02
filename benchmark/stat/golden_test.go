package stat_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/stat"
)

// Where no publication is named, the numbers were computed from the definition with another
// program: fractions, 50 decimals or Newton's method.

// agresti is the 1987 season of the American League East, A. Agresti, Categorical Data Analysis
// (2002), table 10.10: wins of the row over the column.
var agresti = [][]int64{
	{0, 7, 9, 7, 7, 9, 11}, // Milwaukee
	{6, 0, 7, 5, 11, 9, 9}, // Detroit
	{4, 6, 0, 7, 7, 8, 12}, // Toronto
	{6, 8, 6, 0, 6, 7, 10}, // New York
	{6, 2, 6, 7, 0, 7, 12}, // Boston
	{4, 4, 5, 6, 6, 0, 6},  // Cleveland
	{2, 4, 1, 3, 1, 7, 0},  // Baltimore
}

func tournament(t require.TestingT, wins [][]int64) *stat.Tournament {
	out, err := stat.NewTournament(len(wins))
	require.NoError(t, err)
	for a, row := range wins {
		for b, games := range row {
			if a != b {
				require.NoError(t, out.Win(a, b, games))
			}
		}
	}
	return out
}

func TestBradleyTerryGivesTheStrengthsOfAgrestisBaseballTeams(t *testing.T) {
	strengths, err := stat.BradleyTerry(tournament(t, agresti), 0)
	require.NoError(t, err)
	// Agresti and the R package BradleyTerry2 print them relative to Baltimore.
	for team, want := range []float64{1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0} {
		have := float64(strengths[team].Log-strengths[6].Log) / float64(stat.One)
		require.InDelta(t, want, have, 5e-5, "team %d", team)
	}
	for team, want := range []int64{531153341, 386205896, 244282588, 197415309, 57495169, -366349767, -1050202536} {
		require.InDelta(t, want, strengths[team].Log, 1, "team %d", team)
	}
}

func TestBradleyTerryWithAPriorGivesIndependentlyComputedStrengths(t *testing.T) {
	strengths, err := stat.BradleyTerry(tournament(t, [][]int64{{0, 3, 5}, {0, 0, 2}, {0, 1, 0}}), 2*stat.One)
	require.NoError(t, err)
	require.Equal(t, []stat.Strength{
		{Log: 1635138456, Chance: 836872340}, {Log: -448152870, Chance: 389800027}, {Log: -977804518, Chance: 273327632},
	}, strengths)
}

// The expected numbers are those of the test suite of openskill.py (test_plackett_luce_series.py),
// which has no tau.
func TestOpenSkillGivesTheNumbersOfTheReferenceProgram(t *testing.T) {
	model := stat.DefaultOpenSkill()
	model.Tau = 0
	p := make([]stat.Rating, 5)
	for i := range p {
		p[i] = model.Newcomer()
	}
	match := func(players []int, scores ...int64) {
		t.Helper()
		in := make([]stat.Rating, len(players))
		for k, player := range players {
			in[k] = p[player]
		}
		out, err := model.Match(in, scores)
		require.NoError(t, err)
		for k, player := range players {
			p[player] = out[k]
		}
	}
	match([]int{0, 1, 2, 3, 4}, 9, 7, 7, 5, 5)
	match([]int{4, 2, 1}, 9, 5, 5)
	match([]int{3, 1, 2, 0}, 9, 9, 7, 7)
	for player, want := range [][2]int64{
		{26353761103, 8111027060}, {24618479789, 7905335510}, {23065819512, 7822005595}, {24476332403, 8106111471}, {26385499685, 8054090809},
	} {
		require.InDelta(t, want[0], p[player].Mu, 5, "player %d", player)
		require.InDelta(t, want[1], p[player].Sigma, 5, "player %d", player)
	}
}

func TestOpenSkillGivesIndependentlyComputedNumbersForUnequalPlayersAndATie(t *testing.T) {
	model := stat.DefaultOpenSkill()
	newcomer := model.Newcomer()
	strong, weak := stat.Rating{Mu: 31500000000, Sigma: 4200000000}, stat.Rating{Mu: 18250000000, Sigma: 6000000000}
	out, err := model.Match([]stat.Rating{newcomer, strong, weak, newcomer}, []int64{5, 5, 7, 1})
	require.NoError(t, err)
	for player, want := range []stat.Rating{{24884277817, 8110627898}, {31186686503, 4183346723}, {20121534746, 5980137632}, {22738921798, 8110627898}} {
		require.InDelta(t, want.Mu, out[player].Mu, 2, "player %d", player)
		require.InDelta(t, want.Sigma, out[player].Sigma, 2, "player %d", player)
	}
	chance, err := model.Chance(strong, newcomer)
	require.NoError(t, err)
	require.InDelta(t, 643124004, chance, 1)
	require.Equal(t, strong.Mu-3*strong.Sigma, strong.Ordinal())
}

// The example of the function kendalltau of SciPy.
func TestKendallTauGivesThePublishedValue(t *testing.T) {
	tau, err := stat.KendallTau([]int64{12, 2, 1, 12, 2}, []int64{1, 4, 7, 1, 0})
	require.NoError(t, err)
	require.EqualValues(t, -471404521, tau)
}

// The fifteen p-values of the example of Benjamini and Hochberg (1995).
func TestCorrectionsGiveThePublishedAndComputedValues(t *testing.T) {
	p := []int64{100000, 400000, 1900000, 9500000, 20100000, 27800000, 29800000, 34400000, 45900000, 324000000, 426200000, 571900000, 652800000, 759000000, 1000000000}
	holm, err := stat.Holm(p)
	require.NoError(t, err)
	require.Equal(t, []int64{1500000, 5600000, 24700000, 114000000, 221100000, 278000000, 278000000, 278000000, 321300000, stat.One, stat.One, stat.One, stat.One, stat.One, stat.One}, holm)
	found, err := stat.BenjaminiHochberg(p)
	require.NoError(t, err)
	require.Equal(t, []int64{1500000, 3000000, 9500000, 35625000, 60300000, 63857143, 63857143, 64500000, 76500000, 486000000, 581181818, 714875000, 753230769, 813214286, stat.One}, found)
	below := func(list []int64) (count int) {
		for _, value := range list {
			if value <= stat.One/20 {
				count++
			}
		}
		return count
	}
	// The paper: at 5 % three are found by the family-wise error and four by the rate.
	require.Equal(t, 3, below(holm))
	require.Equal(t, 4, below(found))
}

func TestSignTestGivesExactValues(t *testing.T) {
	for _, c := range []struct {
		wins, losses int
		want         int64
	}{
		{86, 150, 37159}, // Agresti (2002), table 10.1, prime minister's approval
		{9, 1, 21484375},
		{0, 5, 62500000},
		{7, 3, 343750000},
		{5, 6, stat.One},
		{4, 4, stat.One},
		{0, 0, stat.One},
		{82, 0, 1}, // Arbuthnot: boys in 82 years of 82
	} {
		have, err := stat.SignTest(c.wins, c.losses)
		require.NoError(t, err)
		require.Equal(t, c.want, have, "%d to %d", c.wins, c.losses)
	}
}

// The first apportionment of the United States, 1790 to 120 seats, by Hamilton's method:
// Balinski and Young, Fair Representation (1982).
func TestApportionDividesTheSeatsOf1790(t *testing.T) {
	seats, err := stat.Apportion([]uint64{630560, 475327, 432879, 353523, 331589, 278514, 236841, 206236, 179570, 141822, 85533, 70835, 68705, 68446, 55540}, 120)
	require.NoError(t, err)
	require.Equal(t, []uint64{21, 16, 14, 12, 11, 9, 8, 7, 6, 5, 3, 2, 2, 2, 2}, seats)
}

func TestSoftmaxGivesIndependentlyComputedShares(t *testing.T) {
	shares, err := stat.Softmax([]int64{900000000, 850000000, 500000000, 850000000, 100000000}, 80000000, 65535)
	require.NoError(t, err)
	require.Equal(t, []uint64{31548, 16887, 213, 16886, 1}, shares)
}

func TestFadeHalvesTheDistancePerHalfLife(t *testing.T) {
	for _, c := range []struct{ old, new, want int64 }{
		{300000000, 900000000, 793933983}, {900000000, 300000000, 406066017}, {0, 0, 0}, {7, 7, 7}, {-stat.One, stat.One, 646446609},
	} {
		require.Equal(t, c.want, stat.Fade(c.old, c.new, 2500, 1000))
	}
	require.EqualValues(t, 750, stat.Fade(0, 1000, 2, 1))
	require.EqualValues(t, 9, stat.Fade(5, 9, 1, 0))
	require.EqualValues(t, 5, stat.Fade(5, 9, 0, 0))
}

func TestSequentialGivesIndependentlyComputedVerdictsAndBounds(t *testing.T) {
	pattern := []int64{stat.One, 0, 0, stat.One / 2, -stat.One, 0, stat.One, 0, stat.One / 4, 0}
	for _, c := range []struct {
		margin     int64
		count, max int
		items      int
		verdict    stat.Verdict
		p          int64
	}{
		{0, 1000, 1000, 161, stat.Above, 9758058},
		{0, 30, 1000, 30, stat.Open, stat.One},
		{500000000, 1000, 1000, 66, stat.Below, 8814179},
		{175000000, 1000, 300, 300, stat.Exhausted, stat.One},
	} {
		test, err := stat.NewSequential(stat.SequentialPlan{Alpha: stat.One / 100, Margin: c.margin, Gap: stat.One / 20, MaxItems: c.max})
		require.NoError(t, err)
		for i := range c.count {
			_, err = test.Add(pattern[i%len(pattern)])
			require.NoError(t, err)
		}
		require.Equal(t, c.verdict, test.Verdict())
		require.Equal(t, c.items, test.Items())
		require.InDelta(t, c.p, test.PValue(), 1)
	}
	test, err := stat.NewSequential(stat.SequentialPlan{Alpha: stat.One / 100, Margin: 175000000, Gap: stat.One / 20, MaxItems: 1000})
	require.NoError(t, err)
	for i := range 300 {
		_, err = test.Add(pattern[i%len(pattern)])
		require.NoError(t, err)
	}
	interval := test.Interval()
	require.InDelta(t, 51231342, interval.Low, 1)
	require.InDelta(t, 292489087, interval.High, 1)
}

// The hash was made on amd64; 386, arm64, riscv64, ppc64le and s390x give the same.
func TestTheIntegersAreTheSameOnEveryPlatform(t *testing.T) {
	hash := sha256.New()
	put := func(values ...int64) {
		for _, value := range values {
			var word [8]byte
			binary.BigEndian.PutUint64(word[:], uint64(value))
			hash.Write(word[:])
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	const players, items = 24, 200
	scores := make([][]int64, players)
	for p := range scores {
		scores[p] = make([]int64, items)
		for i := range scores[p] {
			scores[p][i] = random.Int64N(stat.One*int64(p+8)/32 + 1)
		}
	}
	games, err := stat.FromScores(scores)
	require.NoError(t, err)
	for _, prior := range []int64{0, stat.One} {
		strengths, err := stat.BradleyTerry(games, prior)
		require.NoError(t, err)
		for _, s := range strengths {
			put(s.Log, s.Chance)
		}
	}
	model := stat.DefaultOpenSkill()
	ratings := make([]stat.Rating, players)
	for p := range ratings {
		ratings[p] = model.Newcomer()
	}
	column := make([]int64, players)
	for i := range items {
		for p := range scores {
			column[p] = scores[p][i] / (stat.One / 10) // with ties
		}
		ratings, err = model.Match(ratings, column)
		require.NoError(t, err)
	}
	for _, r := range ratings {
		chance, err := model.Chance(r, model.Newcomer())
		require.NoError(t, err)
		put(r.Mu, r.Sigma, chance)
	}
	for p := range scores {
		shares, err := stat.Softmax(scores[p], 30000000, 1<<40)
		require.NoError(t, err)
		for _, share := range shares {
			put(int64(share))
		}
		test, err := stat.NewSequential(stat.SequentialPlan{Alpha: stat.One / 1000, Gap: stat.One / 30, MaxItems: 1000})
		require.NoError(t, err)
		for i, score := range scores[p] {
			_, err := test.Add(score - scores[players-1-p][i])
			require.NoError(t, err)
		}
		put(int64(test.Verdict()), int64(test.Items()), test.PValue(), test.Interval().Low, test.Interval().High)
	}
	require.Equal(t, "8b5bc5e1bc203559500ef04c32982be6ebf3fdb0e32ff06ffca4c5769990506c", hex.EncodeToString(hash.Sum(nil)))
}
