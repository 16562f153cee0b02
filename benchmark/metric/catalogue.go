package metric

// Info describes a metric for people.
type Info struct {
	// Name as it stands in a spec, in lower case.
	Name string
	// Summary in one sentence.
	Summary string
	// Formula in plain text.
	Formula string
	// Source is where the metric comes from and which program it agrees with.
	Source string
	// Units of the result.
	Units string
	// Cost says how time and memory grow.
	Cost string
	// Func computes a text metric without settings, nil for the others.
	Func Func
}

// Units that several metrics share.
const (
	unitScore = "1e-9, 0 to 1e9, more is better"
	unitRate  = "1e-9, from 0, less is better"
)

// Infos lists all metrics in the order in which a manual presents them. The slice is
// the caller's own.
func Infos() []Info {
	return []Info{
		{
			Name: "exact", Summary: "The answer equals a reference byte for byte.",
			Formula: "1 or 0", Source: "-", Units: unitScore, Cost: "linear, any length", Func: Exact,
		},
		{
			Name: "normalized", Summary: "The answer equals a reference in lower case, without ASCII punctuation, English articles and superfluous white space.",
			Formula: "1 or 0", Source: "Rajpurkar et al. 2016, SQuAD; its evaluation script", Units: unitScore, Cost: "linear", Func: NormalizedExact,
		},
		{
			Name: "numeric", Summary: "The answer, or the last number in it, is within a tolerance of a reference; all decimals, fractions and percentages are compared exactly.",
			Formula: "1 if |a-r| <= absolute or |a-r| <= relative*|r|, else 0", Source: "-", Units: unitScore, Cost: "linear; numbers up to 1,024 bytes and 1e±400",
		},
		{
			Name: "token-f1", Summary: "The words, after the normalisation of \"normalized\", that answer and reference have in common.",
			Formula: "2c/(a+r) for c common of a and r words", Source: "Rajpurkar et al. 2016 and 2018, SQuAD 1.1 and 2.0; their evaluation scripts", Units: unitScore, Cost: "linear", Func: TokenF1,
		},
		{
			Name: "chrf", Summary: "F-score, recall counting twice, of the n-grams of 1 to 6 characters.",
			Formula: "5PR/(4P+R), P and R averaged over the orders", Source: "Popović 2015, chrF; sacreBLEU 2.6 sentence_chrf", Units: unitScore, Cost: "n log n", Func: ChrF,
		},
		{
			Name: "chrf++", Summary: "chrF with the n-grams of 1 and 2 words beside.",
			Formula: "as chrf over 8 orders", Source: "Popović 2017, chrF++; sacreBLEU 2.6 sentence_chrf, word_order 2", Units: unitScore, Cost: "n log n", Func: ChrFPlusPlus,
		},
		{
			Name: "bleu", Summary: "Precision of the n-grams of 1 to 4 words against all references together, with a penalty for brevity.",
			Formula: "min(1, e^(1-r/a)) * (p1*p2*p3*p4)^(1/4)", Source: "Papineni et al. 2002, BLEU; Post 2018, sacreBLEU 2.6 sentence_bleu (13a, smoothing exp, effective order)", Units: unitScore, Cost: "n log n", Func: BLEU,
		},
		{
			Name: "rouge-l", Summary: "The longest common subsequence of words of a-z and 0-9 in lower case.",
			Formula: "2c/(a+r) for c words in common order of a and r", Source: "Lin 2004, ROUGE; Google's rouge_score without stemmer", Units: unitScore, Cost: "a*r/64 steps, linear memory", Func: RougeL,
		},
		{
			Name: "edit", Summary: "How few characters must be inserted, deleted or replaced.",
			Formula: "1 - d/max(a, r)", Source: "Levenshtein 1966; Myers 1999, Hyyrö 2003", Units: unitScore, Cost: "a*r/64 steps, linear memory", Func: EditSimilarity,
		},
		{
			Name: "edit-words", Summary: "How few words must be inserted, deleted or replaced.",
			Formula: "1 - d/max(a, r)", Source: "as edit", Units: unitScore, Cost: "a*r/64 steps, linear memory", Func: WordSimilarity,
		},
		{
			Name: "char-error-rate", Summary: "Errors in characters for every character of the reference.",
			Formula: "d/r", Source: "jiwer's cer", Units: unitRate, Cost: "as edit", Func: CharErrorRate,
		},
		{
			Name: "word-error-rate", Summary: "Errors in words for every word of the reference.",
			Formula: "d/r", Source: "Morris et al. 2004; jiwer's wer", Units: unitRate, Cost: "as edit-words", Func: WordErrorRate,
		},
		{
			Name: "json-schema", Summary: "The answer is a JSON document that a schema allows.",
			Formula: "1 or 0", Source: "JSON Schema drafts 4 to 2020-12", Units: unitScore, Cost: "parts of the schema times size of the answer, at most 2^19",
		},
		{
			Name: "json-fields", Summary: "The fields, paths with their values, that the answer and the expected JSON document have in common.",
			Formula: "2c/(a+r) for c common of a and r fields", Source: "-", Units: unitScore, Cost: "linear", Func: JSONFields,
		},
		{
			Name: "pass-at-k", Summary: "The probability that one of k samples is right, without bias.",
			Formula: "1 - C(n-c, k)/C(n, k)", Source: "Chen et al. 2021, HumanEval", Units: unitScore, Cost: "products of k numbers, k up to 10,000",
		},
		{
			Name: "bits-per-byte", Summary: "How far a language model would compress the text.",
			Formula: "-sum(ln p)/(ln 2 * bytes); as a score 1 - that/zero", Source: "Gao et al. 2020, The Pile", Units: "1e-6 bit per byte, less is better; as a score 1e-9", Cost: "linear",
		},
		{
			Name: "embedding", Summary: "The cosine of the angle between two embeddings.",
			Formula: "a·b/(|a||b|); as a score (cos-zero)/(1-zero)", Source: "-", Units: "1e-9, -1e9 to 1e9, more is better", Cost: "linear",
		},
		{
			Name: "latency", Summary: "Milliseconds, falling evenly from full to 0.",
			Formula: "(zero-ms)/(zero-full) between 0 and 1", Source: "-", Units: unitScore, Cost: "constant",
		},
		{
			Name: "throughput", Summary: "Tokens per second, rising evenly from 0 to full.",
			Formula: "(speed-zero)/(full-zero) between 0 and 1", Source: "-", Units: unitScore, Cost: "constant",
		},
	}
}
