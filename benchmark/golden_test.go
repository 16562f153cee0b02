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

const goldenItemSeed = "d47ff4e4df99520e6bbeee2dd8fcf43965673acfff86a6a00caf0d6077d4c82e"

var goldenDraw = []benchmark.Question{
	{Family: "sub", Prompt: "527-488", Expected: "39"},
	{Family: "add", Prompt: "840+250", Expected: "1090"},
	{Family: "shift", Prompt: "shift xofch", Expected: "ypgdi"},
	{Family: "sub", Prompt: "910-415", Expected: "495"},
	{Family: "add", Prompt: "363+896", Expected: "1259"},
	{Family: "shift", Prompt: "shift vyruk", Expected: "wzsvl"},
	{Family: "sort", Prompt: "sort 0416", Expected: "0146"},
	{Family: "sub", Prompt: "562-299", Expected: "263"},
	{Family: "shift", Prompt: "shift jvvnkp", Expected: "kwwolq"},
	{Family: "add", Prompt: "918+671", Expected: "1589"},
	{Family: "sub", Prompt: "624-439", Expected: "185"},
	{Family: "add", Prompt: "562+606", Expected: "1168"},
	{Family: "shift", Prompt: "shift aotmhw", Expected: "bpunix"},
	{Family: "add", Prompt: "879+429", Expected: "1308"},
	{Family: "sort", Prompt: "sort 5091", Expected: "0159"},
	{Family: "sort", Prompt: "sort 60935", Expected: "03569"},
}
