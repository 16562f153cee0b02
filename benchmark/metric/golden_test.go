package metric

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// requirePublished compares with a published value of which the last digit is known to
// half a unit.
func requirePublished(t *testing.T, want float64, halfUnit float64, got int64) {
	t.Helper()
	require.InDelta(t, want, float64(got)/float64(One), halfUnit)
}

// vector is one line of testdata/texts.json.
type vector struct {
	Answer     string   `json:"answer"`
	References []string `json:"references"`
	Normal     string   `json:"normal"`
	Bleu       float64  `json:"bleu"`
	Chrf       float64  `json:"chrf"`
	Chrfpp     float64  `json:"chrfpp"`
	RougeL     float64  `json:"rouge_l"`
	Normalized float64  `json:"normalized"`
	TokenF1    float64  `json:"token_f1"`
	Edit       float64  `json:"edit"`
	Words      float64  `json:"words"`
	CER        float64  `json:"cer"`
	WER        float64  `json:"wer"`
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/texts.json")
	require.NoError(t, err)
	var vectors []vector
	require.NoError(t, json.Unmarshal(text, &vectors))
	return vectors
}

// Whatever processor, compiler and system: the very same integers. The digest was made
// on linux/amd64 and confirmed on linux/386.
func TestScoresHaveTheSameBitsOnEveryPlatform(t *testing.T) {
	t.Parallel()
	digest := sha256.New()
	for _, v := range readVectors(t) {
		for _, info := range Infos() {
			if info.Func == nil || info.Name == "json-fields" {
				continue
			}
			score, err := info.Func(v.Answer, v.References)
			require.NoError(t, err)
			fmt.Fprintln(digest, info.Name, score)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		x, y := make([]float64, 50), make([]float64, 50)
		for i := range x {
			x[i], y[i] = random.Float64()-0.5, random.Float64()-0.3
		}
		cosine, err := Cosine(x, y)
		require.NoError(t, err)
		for i := range x {
			x[i] = -math.Abs(x[i])
		}
		bits, err := BitsPerByteOfFloats(x, 97)
		require.NoError(t, err)
		fmt.Fprintln(digest, cosine, bits)
	}
	require.Equal(t, "fcd3ac59ef3a57f812a3a44fa3729766f213878dc697d2bad5c2fc8917571da5", hex.EncodeToString(digest.Sum(nil)))
}

// The values were made by other programs: see testdata/README.md.
func TestTextMetricsAgreeWithOtherProgramsToTheLastDigit(t *testing.T) {
	for i, v := range readVectors(t) {
		require.Equal(t, v.Normal, Normalize(v.Answer), "Normalize, vector %d", i)
		for _, c := range []struct {
			name   string
			metric Func
			want   float64
		}{
			{"BLEU", BLEU, v.Bleu},
			{"ChrF", ChrF, v.Chrf},
			{"ChrFPlusPlus", ChrFPlusPlus, v.Chrfpp},
			{"RougeL", RougeL, v.RougeL},
			{"NormalizedExact", NormalizedExact, v.Normalized},
			{"TokenF1", TokenF1, v.TokenF1},
			{"EditSimilarity", EditSimilarity, v.Edit},
			{"WordSimilarity", WordSimilarity, v.Words},
			{"CharErrorRate", CharErrorRate, v.CER},
			{"WordErrorRate", WordErrorRate, v.WER},
		} {
			got, err := c.metric(v.Answer, v.References)
			require.NoError(t, err)
			// Only a value within the float's own error of a half may round the other way.
			scaled := c.want * float64(One)
			require.InDelta(t, scaled, float64(got), 0.5+1e-5*math.Max(1, c.want), "%s, vector %d: %q %q", c.name, i, v.Answer, v.References)
		}
	}
}
