package benchmark_test

import "github.com/agora-network/agora/benchmark/question"

const goldenItemSeed = "764dc968e664b03c4a993d572755415e0a11f4eb281c5121c4e8160f50380efc"

var goldenDraw = []question.Question{
	{Family: "reverse", Prompt: "reverse kznyta", Expected: "atynzk"},
	{Family: "sort", Prompt: "sort 736", Expected: "367"},
	{Family: "sub", Prompt: "936-187", Expected: "749"},
	{Family: "add", Prompt: "208+625", Expected: "833"},
	{Family: "reverse", Prompt: "reverse wzsjc", Expected: "cjszw"},
	{Family: "reverse", Prompt: "reverse nyxg", Expected: "gxyn"},
	{Family: "add", Prompt: "737+244", Expected: "981"},
	{Family: "sort", Prompt: "sort 396", Expected: "369"},
	{Family: "sort", Prompt: "sort 331", Expected: "133"},
	{Family: "shift", Prompt: "shift cblan", Expected: "dcmbo"},
	{Family: "sort", Prompt: "sort 287", Expected: "278"},
	{Family: "add", Prompt: "564+948", Expected: "1512"},
	{Family: "sub", Prompt: "945-772", Expected: "173"},
	{Family: "shift", Prompt: "shift cqfs", Expected: "drgt"},
	{Family: "sort", Prompt: "sort 74591", Expected: "14579"},
	{Family: "sort", Prompt: "sort 49287", Expected: "24789"},
}
