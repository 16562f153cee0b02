package metric_test

import (
	"fmt"

	"github.com/agora-network/agora/benchmark/metric"
)

func Example() {
	answer := "The quick brown dog jumps on the log."
	references := []string{"The quick brown fox jumps over the lazy dog."}
	for _, info := range metric.Infos() {
		switch info.Name {
		case "token-f1", "chrf", "bleu", "rouge-l", "edit":
			score, err := info.Func(answer, references)
			if err != nil {
				panic(err)
			}
			fmt.Printf("%-9s %d\n", info.Name, score)
		}
	}
	// Output:
	// token-f1  615384615
	// chrf      527299562
	// bleu      196279128
	// rouge-l   588235294
	// edit      772727273
}

func ExampleNumeric_Score() {
	hundredth := metric.Numeric{Absolute: metric.One / 100, Last: true}
	for _, answer := range []string{"so x = 3.1416", "22/7", "about three"} {
		score, err := hundredth.Score(answer, []string{"3.14159"})
		if err != nil {
			panic(err)
		}
		fmt.Println(answer, score)
	}
	// Output:
	// so x = 3.1416 1000000000
	// 22/7 1000000000
	// about three 0
}

func ExampleCompileSchema() {
	schema, err := metric.CompileSchema(`{
		"type": "object",
		"required": ["name", "born"],
		"properties": {"name": {"type": "string"}, "born": {"type": "integer"}}
	}`)
	if err != nil {
		panic(err)
	}
	for _, answer := range []string{`{"name":"Ada Lovelace","born":1815}`, `{"name":"Ada Lovelace"}`} {
		score, err := schema.Score(answer)
		if err != nil {
			panic(err)
		}
		fmt.Println(score)
	}
	_, err = metric.CompileSchema(`{"$ref": "https://example.com/person.json"}`)
	fmt.Println(err)
	// Output:
	// 1000000000
	// 0
	// the JSON schema is unusable: $ref at the top: "https://example.com/person.json" is in another document, and none is ever loaded: point below #/$defs
}

func ExamplePassAtK() {
	score, err := metric.PassAtK(10, 3, 2)
	fmt.Println(score, err)
	// Output: 533333333 <nil>
}
