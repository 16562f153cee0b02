package benchmark_test

import "github.com/agora-network/agora/benchmark"

// Computed by an independent implementation of the documented stream.
const goldenWords = "d031e04743c53566503fcc918945620335f7070ff1e6e7931b3ac615f6cda728" +
	"cef3b583dde9539be72e5926444f08282c16fb7a1bad26be55a2e9ba81f9e668"

var goldenQuestions = []benchmark.Question{
	{Family: "add", Prompt: "936+411", Expected: "1347"},
	{Family: "reverse", Prompt: "reverse mjq", Expected: "qjm"},
	{Family: "sort", Prompt: "sort 8034", Expected: "0348"},
	{Family: "sort", Prompt: "sort 069892", Expected: "026899"},
	{Family: "reverse", Prompt: "reverse wylaxs", Expected: "sxalyw"},
	{Family: "sort", Prompt: "sort 2869", Expected: "2689"},
	{Family: "reverse", Prompt: "reverse yjtk", Expected: "ktjy"},
	{Family: "reverse", Prompt: "reverse bhblp", Expected: "plbhb"},
	{Family: "sort", Prompt: "sort 94510", Expected: "01459"},
	{Family: "reverse", Prompt: "reverse szgfp", Expected: "pfgzs"},
	{Family: "sort", Prompt: "sort 4277", Expected: "2477"},
	{Family: "sort", Prompt: "sort 55091", Expected: "01559"},
	{Family: "shift", Prompt: "shift ruvsg", Expected: "svwth"},
	{Family: "add", Prompt: "328+526", Expected: "854"},
	{Family: "reverse", Prompt: "reverse fbr", Expected: "rbf"},
	{Family: "reverse", Prompt: "reverse ljzuz", Expected: "zuzjl"},
	{Family: "add", Prompt: "489+416", Expected: "905"},
	{Family: "add", Prompt: "742+752", Expected: "1494"},
	{Family: "add", Prompt: "470+717", Expected: "1187"},
	{Family: "shift", Prompt: "shift rnu", Expected: "sov"},
	{Family: "reverse", Prompt: "reverse qjp", Expected: "pjq"},
	{Family: "sub", Prompt: "866-592", Expected: "274"},
	{Family: "shift", Prompt: "shift jki", Expected: "klj"},
	{Family: "sort", Prompt: "sort 472", Expected: "247"},
}

const goldenItemSeed = "764dc968e664b03c4a993d572755415e0a11f4eb281c5121c4e8160f50380efc"

var goldenDraw = []benchmark.Question{
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
