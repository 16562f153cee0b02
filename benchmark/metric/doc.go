// Package metric compares answers with references: the text metrics of a benchmark as
// integers.
//
//	score, err := metric.ChrF(answer, []string{"the reference", "another one"})
//
// A score is an int64 with [One] = 1e9 meaning "all of it". Every function is pure: the
// same arguments give the same bits on every platform, nothing is read or remembered,
// and all may be called from many goroutines at once. What is a fraction is computed
// with integers and rounded once, half to even; what needs logarithms or roots (BLEU,
// cosine) is computed in float64 in a fixed order and rounded once.
//
//	metric           function                      compares                   agrees with
//	exact            [Exact]                       bytes                      -
//	normalized       [NormalizedExact]             words without articles     SQuAD
//	numeric          [Numeric.Score]               numbers, exactly           -
//	token-f1         [TokenF1]                     words as a bag             SQuAD 2.0
//	chrf             [ChrF]                        n-grams of characters      sacreBLEU
//	chrf++           [ChrFPlusPlus]                and of words               sacreBLEU
//	bleu             [BLEU]                        n-grams of words           sacreBLEU
//	rouge-l          [RougeL]                      words in order             rouge_score
//	edit             [EditSimilarity]              characters in order        Levenshtein
//	edit-words       [WordSimilarity]              words in order             Levenshtein
//	char-error-rate  [CharErrorRate]               characters in order        jiwer
//	word-error-rate  [WordErrorRate]               words in order             jiwer
//	json-schema      [Schema.Score]                a document and its schema  JSON Schema
//	json-fields      [JSONFields]                  two documents              -
//	pass-at-k        [PassAtK]                     right samples              HumanEval
//	bits-per-byte    [BitsPerByte]                 probabilities              -
//	embedding        [Cosine], [Rescale]           vectors                    -
//	latency          [LatencyScore]                milliseconds               -
//	throughput       [ThroughputScore]             tokens and milliseconds    -
//
// [Infos] says the same, with formulas and sources, to programs that print manuals.
//
// # Any input
//
// Answers come from strangers. Any bytes are an answer, UTF-8 or not; nothing panics,
// and time and memory are bounded by [MaxAnswerBytes], [MaxReferenceBytes] and the
// limits of numbers, JSON documents and schemas. A text is compared byte by byte
// ([Exact]) or by Unicode code points, where a byte that is not UTF-8 counts as U+FFFD;
// there is no Unicode normalisation. Errors tell whose fault it is: [ErrTooLong] and
// [ErrTooComplex] that of whoever answered, [ErrReference], [ErrSchema] and [ErrInput]
// that of the question or the caller. The score beside an error is always 0.
//
// # Cost
//
// CPU time in microseconds of one AMD EPYC core for one answer and one reference of so
// many bytes each; the last column is the dearest of many pairs at the limits. Run
// "go test -bench ." to measure here and now.
//
//	metric                            380 B        8 KiB       limit
//	exact                               0.2          0.2           2
//	normalized, token-f1             22, 33     560, 770       7,000, 13,000
//	numeric, the last number              8          100      17,000
//	chrf, chrf++                    74, 109  2,000, 2,900     16,000, 26,000
//	bleu                                 45        1,100      17,000
//	rouge-l                              22          530      46,000
//	edit, char-error-rate                20        4,000     280,000
//	edit-words, word-error-rate          14          450      70,000
//	json-fields                          74        1,600      57,000
//	json-schema, 8 parts                 48        1,000     330,000
//
// Against 256 KiB of references the work is four times that of the last column. A call
// allocates at most 25 MB at the limits of texts, and up to 140 MB for a schema at
// [MaxSchemaWork]; nothing is kept.
package metric
