package metric

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Values of rouge_score's own tests, rouge/rouge_scorer_test.py; the long texts are
// those of its testdata and their values those of ROUGE-1.5.5.
func TestRougeLGivesThePublishedValues(t *testing.T) {
	t.Parallel()
	const (
		target0     = "ZfbCUIUuePaiLVUlCaUXxkpu XPeWing tUHfPMuZ',-Xd Y BrUgVJing M-HV.-DgdDaY.rFDJCRing Ht-LM EKBDXkME,yz'RBr q'wtion wIojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxer tKM L"
		prediction0 = "rFDJCRtion Ht-LM EKtDXkME,yz'RBr q'wer wrojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxi"
		target1     = "KsJdPByEtAor fE-Qg Dpdbring cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMtion psing sbKao Q m qiing LMmer HqqLFXe,XPY,J XsurkMer ,ed nB'wH'bWVHjWFEing tQ.saefZwJtKrTlixYpMMsJing UCAPwNHeYVjDing c T BUySKtion gMPfJpwGw p'NvxAoping eu pBwMBKV'I DNxqelhu,PHPxDEq,mtion SN"
		prediction1 = "n cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMer pstion sbKao Q m qier LMmed HqqLFXe,XPY,J XsurkMeo ,ed nB'wH'bWVHjWFEer tQ.saefZwJtKrTlixYpMMNJtion UCAPwNHeYVjD"
	)
	for _, c := range []struct {
		name, reference, answer string
		want, within            float64
	}{
		{"testRougeLConsecutive", "testing one two", "testing one", 0.8, 0},
		{"testRougeLNonConsecutive", "testing one two", "testing two", 0.8, 0},
		{"testRougeEmpty", "testing one two", "", 0, 0},
		{"testRougeLAgainstRouge155, first", target0, prediction0, 0.51163, 5e-6},
		{"testRougeLAgainstRouge155, second", target1, prediction1, 0.50000, 5e-6},
	} {
		got, err := RougeL(c.answer, []string{c.reference})
		require.NoError(t, err, c.name)
		requirePublished(t, c.want, c.within, got)
	}
}

func TestRougeLTakesTheBestReference(t *testing.T) {
	t.Parallel()
	got, err := RougeL("testing one two", []string{"something else", "Testing: one, two!", "testing"})
	require.NoError(t, err)
	require.Equal(t, One, got)
}
