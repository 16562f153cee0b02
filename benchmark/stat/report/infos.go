package report

import "github.com/agora-network/agora/benchmark/stat"

// Infos lists the statistics of this package, in the order of a reference.
func Infos() []stat.Info {
	return []stat.Info{
		{Name: "PairedT", Summary: "Student's t test and interval of the mean difference on the same items.", Source: "Student 1908"},
		{Name: "Welch", Summary: "T test and interval of two samples of different items and spread.", Source: "Welch 1947"},
		{Name: "Wilcoxon", Summary: "Signed-rank test on the same items, exact up to 50 differences.", Source: "Wilcoxon 1945"},
		{Name: "Permutation", Summary: "Test by swapping the two players item by item.", Source: "Fisher 1935; Phipson & Smyth 2010"},
		{Name: "Wilson", Summary: "Interval of a share of right answers.", Source: "Wilson 1927"},
		{Name: "ClopperPearson", Summary: "Exact interval of a share of right answers.", Source: "Clopper & Pearson 1934"},
		{Name: "Bootstrap", Summary: "Intervals of any statistic by drawing the sample again: percentile and BCa.", Source: "Efron & Tibshirani 1993, sections 13.3 and 14.3"},
		{Name: "StrengthErrors", Summary: "Standard errors of Bradley-Terry strengths and of their differences.", Source: "Agresti 2002, section 10.6"},
		{Name: "FixedItems", Summary: "Items that a paired test of fixed size needs.", Source: "Connett, Smith & McHugh 1987"},
		{Name: "RankingCost", Summary: "Items that a sequential test needs, by simulation.", Source: "simulation of Sequential"},
	}
}
