package stat

// Info describes one statistic for generated documentation.
type Info struct {
	Name    string // of the function or type
	Summary string // one sentence
	Source  string // paper, book or program it follows
	// Committed says that the result may become a weight: its integers are the same on every
	// platform. Otherwise it is for people to read.
	Committed bool
}

// Infos lists the statistics of this package, all of the committed kind, in the order of a
// reference. Package report lists those of the reported kind.
func Infos() []Info {
	infos := []Info{
		{Name: "Fade", Summary: "Moves a value towards a new one by half of the distance per half life, in blocks.", Source: "exponential decay"},
		{Name: "Average", Summary: "Exponential moving average that decays by the blocks that pass, with and without correction for a short past.", Source: "Kingma & Ba 2015, section 3 (correction)"},
		{Name: "WinRates", Summary: "Share of pairwise comparisons won, with a lead for whoever was earlier.", Source: "iswin and compute_wins of the pre-training subnet"},
		{Name: "LinearDecay", Summary: "The lead of an earlier player, falling with its age in a straight line.", Source: "LinearDecay of the pre-training subnet"},
		{Name: "BradleyTerry", Summary: "Most likely strengths from wins and losses, finite also for who never lost.", Source: "Bradley & Terry 1952; Newman 2023, equations 12 and 26"},
		{Name: "OpenSkill", Summary: "Plackett-Luce ratings, updated match by match.", Source: "Weng & Lin 2011, algorithm 4; Joshy 2024"},
		{Name: "Dominance", Summary: "Who is worse than whom in every respect beyond a tolerance: shares and fronts.", Source: "Laumanns et al. 2002; Deb et al. 2002"},
		{Name: "Champion", Summary: "Winner takes all; the champion stays unless beaten by a margin.", Source: "king-of-the-hill subnets"},
		{Name: "Apportion", Summary: "Whole numbers in proportion to parts, exact in sum (largest remainder).", Source: "Hamilton; Balinski & Young 1982"},
		{Name: "Softmax", Summary: "Whole numbers in proportion to exp(score/temperature), exact in sum.", Source: "Boltzmann; Balinski & Young 1982"},
		{Name: "KendallTau", Summary: "How far two lists order the same things alike (tau-b), exact.", Source: "Kendall 1945"},
		{Name: "SignTest", Summary: "Exact two-sided p-value of wins against losses; McNemar's exact test for right and wrong.", Source: "Arbuthnot 1710; Agresti 2002, section 10.1.4"},
		{Name: "Sequential", Summary: "Test and interval for the mean of paired differences that hold whenever one looks.", Source: "Waudby-Smith & Ramdas 2024, section 4 and theorem 3"},
		{Name: "Holm", Summary: "P-values corrected for several tests: the chance of any wrong finding.", Source: "Holm 1979"},
		{Name: "BenjaminiHochberg", Summary: "P-values corrected for several tests: the share of wrong findings.", Source: "Benjamini & Hochberg 1995"},
	}
	for i := range infos {
		infos[i].Committed = true
	}
	return infos
}
