package metric

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// prose returns a text of about so many bytes from a small vocabulary.
func prose(seed uint64, bytes int) string {
	words := strings.Fields("the quick brown fox jumps over a lazy dog while 3.14 rivers of well-known stories, some (old) and others new, flow slowly towards the sea. été 東京 it's")
	random := rand.New(rand.NewPCG(seed, 1))
	var out strings.Builder
	for out.Len() < bytes {
		out.WriteString(words[random.IntN(len(words))])
		out.WriteByte(' ')
	}
	return out.String()[:out.Len()-1]
}

func BenchmarkText(b *testing.B) {
	for _, bytes := range []int{380, 8 << 10, MaxAnswerBytes - 16} {
		answer, reference := prose(1, bytes), []string{prose(2, bytes)}
		for _, info := range Infos() {
			if info.Func == nil || info.Name == "json-fields" {
				continue
			}
			b.Run(fmt.Sprintf("%s/%dB", info.Name, bytes), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(bytes))
				for b.Loop() {
					if _, err := info.Func(answer, reference); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkNumeric(b *testing.B) {
	for _, bytes := range []int{380, 8 << 10} {
		answer := prose(1, bytes) + " so the answer is 1,234.5"
		b.Run(fmt.Sprintf("last/%dB", bytes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if score, err := (Numeric{Last: true}).Score(answer, []string{"2469/2"}); err != nil || score != One {
					b.Fatal(score, err)
				}
			}
		})
	}
}

// records is a JSON document of about so many bytes.
func records(bytes int) string {
	var out strings.Builder
	out.WriteString(`{"records":[`)
	for i := 0; out.Len() < bytes-60; i++ {
		fmt.Fprintf(&out, `{"id":%d,"name":"name %d","price":%d.5,"ok":true},`, i, i, i)
	}
	return strings.TrimSuffix(out.String(), ",") + `]}`
}

func BenchmarkJSON(b *testing.B) {
	schema, err := CompileSchema(`{"properties":{"records":{"items":{"required":["id"],"properties":{"id":{"type":"integer"},"name":{"pattern":"^name"},"price":{"minimum":0}},"additionalProperties":{"type":"boolean"}}}}}`)
	if err != nil {
		b.Fatal(err)
	}
	for _, bytes := range []int{380, 8 << 10} {
		document := records(bytes)
		b.Run(fmt.Sprintf("fields/%dB", bytes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if score, err := JSONFields(document, []string{document}); err != nil || score != One {
					b.Fatal(score, err)
				}
			}
		})
		b.Run(fmt.Sprintf("schema/%dB", bytes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if score, err := schema.Score(document); err != nil || score != One {
					b.Fatal(score, err)
				}
			}
		})
	}
}

func BenchmarkPassAtK(b *testing.B) {
	for _, n := range []int{200, 1000, MaxSamples} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := PassAtK(n, n/4, n/2); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCosine(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	x, y := make([]float64, 1024), make([]float64, 1024)
	for i := range x {
		x[i], y[i] = random.NormFloat64(), random.NormFloat64()
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Cosine(x, y); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHostile scores the texts of the largest size that cost most.
func BenchmarkHostile(b *testing.B) {
	fill := func(part string) string { return strings.Repeat(part, MaxAnswerBytes/len(part)) }
	for _, c := range []struct {
		name, answer, reference string
		metric                  Func
	}{
		{"edit", fill("ab"), fill("cd"), EditSimilarity},
		{"rouge-l", fill("a b "), fill("c d "), RougeL},
		{"chrf", fill("ab"), fill("ba"), ChrF},
		{"bleu", fill("a "), fill("b "), BLEU},
		{"number", fill("1/3e-400%"), "1", Numeric{Last: true}.Score},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.metric(c.answer, []string{c.reference}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("compile", func(b *testing.B) {
		var text strings.Builder
		for i := range 3000 {
			fmt.Fprintf(&text, `,"%d":{"type":5}`, i)
		}
		schema := `{"$defs":{"x":{},` + text.String()[1:] + `}}`
		b.ReportAllocs()
		for b.Loop() {
			if _, err := CompileSchema(schema); err == nil {
				b.Fatal("a wrong schema is taken")
			}
		}
	})
	b.Run("pattern", func(b *testing.B) {
		schema, err := CompileSchema(`{"pattern":"(?:x?){200}(?:.?){130}y"}`)
		if err != nil {
			b.Fatal(err)
		}
		answer := `"` + strings.Repeat("x", min(MaxPatternWork/int(schema.cost.steps), MaxAnswerBytes)-2) + `"`
		b.ReportAllocs()
		for b.Loop() {
			if score, err := schema.Score(answer); err != nil || score != 0 {
				b.Fatal(score, err)
			}
		}
	})
	b.Run("schema", func(b *testing.B) {
		schema, err := CompileSchema(`{"items":{"anyOf":[` + strings.Repeat(`{"not":{}},`, 31) + `false]}}`)
		if err != nil {
			b.Fatal(err)
		}
		answer := `[` + strings.Repeat("1,", MaxSchemaWork/int(schema.cost.parts)*31/32-2) + `1]`
		b.ReportAllocs()
		for b.Loop() {
			if score, err := schema.Score(answer); err != nil || score != 0 {
				b.Fatal(score, err)
			}
		}
	})
}
