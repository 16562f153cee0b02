package spec

// settings declares the YAML form of a spec, in the order in which it is written.
func settings(s *Spec) []setting {
	return []setting{
		{name: "format", summary: "version of the meaning of all settings", value: numberOf[uint32]{to: &s.Format, low: CurrentFormat, high: CurrentFormat}},
		{name: "name", summary: "short identifier", value: textOf{&s.Name, 1, MaxNameBytes, identifier}},
		{name: "description", summary: "what is measured, in words", value: textOf{&s.Description, 0, MaxDescriptionBytes, prose}, optional: true},
		{name: "kind", summary: "what a miner hands in; inference: it serves a model that is asked live questions", value: choiceOf{to: (*int32)(&s.Kind), names: kindNames[:]}},
		{name: "source", summary: "where the questions come from", value: sourceGroup(&s.Source)},
		{name: "sampling", summary: "how many questions are drawn, and for whom", value: &group{settings: samplingSettings(&s.Sampling)}},
		{name: "request", summary: "how a question is put to a miner", value: &group{settings: requestSettings(&s.Request)}},
		{name: "models", summary: "models that scorers run on the validator's own machine", optional: true, value: listOf[Model]{
			to: &s.Models, high: MaxModels, what: "models",
			element: func(m *Model) codec { return &group{settings: modelSettings(m)} },
		}},
		{name: "scorers", summary: "what turns an answer into a score; their weights add up to 10,000 bp", value: listOf[Scorer]{
			to: &s.Scorers, low: 1, high: MaxScorers, what: "scorers",
			element: func(scorer *Scorer) codec { return scorerGroup(scorer) },
		}},
		{name: "aggregation", summary: "what folds the scores of items into the standing of a miner", value: &group{settings: aggregationSettings(&s.Aggregation)}},
		{name: "weights", summary: "what turns the standings of all miners into a row of weights", value: weightsGroup(&s.Weights)},
		{name: "verification", summary: "what a validator must hold before it trusts an answer; receipts: the miner's signature over request and response", value: choiceOf{to: (*int32)(&s.Verification), names: verificationNames[:]}},
		{name: "evidence_epochs", summary: "for how many epochs validators keep questions, answers and scores at least; 0 leaves it to them", optional: true, value: numberOf[uint32]{to: &s.EvidenceEpochs, high: MaxEvidenceEpochs}},
	}
}

func sourceGroup(s *Source) *group {
	return &group{
		what: "names no generator, data set or module",
		variants: []variant{
			{
				name: "generator", summary: "questions are made by a generator of this program",
				is: func() bool { return s.GetBuiltin() != nil },
				settings: func() []setting {
					if s.GetBuiltin() == nil {
						s.Source = &Source_Builtin{Builtin: &BuiltinSource{}}
					}
					b := s.GetBuiltin()
					return []setting{
						{name: "generator", summary: "name and version of the generator", value: generatorOf{b}},
						{name: "families", summary: "kinds of question that are drawn, uniformly, in the generator's order; all of them when left out", value: familiesOf{b}, optional: true},
						{name: "settings", summary: "numbers of the generator that differ from its defaults", value: settingsOf{b}, optional: true},
						{name: "documents", summary: "texts that a generator which continues texts draws from", value: documentsGroup(b), optional: true},
					}
				},
			},
			{
				name: "dataset", summary: "questions are drawn from those that somebody wrote down",
				is: func() bool { return s.GetDataset() != nil },
				settings: func() []setting {
					if s.GetDataset() == nil {
						s.Source = &Source_Dataset{Dataset: &DatasetSource{}}
					}
					return []setting{{name: "dataset", summary: "items under one Merkle root, of which only the drawn are opened", value: &group{settings: datasetSettings(&s.GetDataset().Dataset)}}}
				},
			},
			{
				name: "module", summary: "questions are made by a WebAssembly module in the sandbox",
				is: func() bool { return s.GetSandbox() != nil },
				settings: func() []setting {
					if s.GetSandbox() == nil {
						s.Source = &Source_Sandbox{Sandbox: &SandboxSource{}}
					}
					m := s.GetSandbox()
					return []setting{
						{name: "module", summary: "module that exports agora_generate", value: &group{settings: moduleSettings(&m.Module)}},
						{name: "goldens", summary: "questions that the module must make before it is trusted", value: listOf[GeneratorGolden]{
							to: &m.Goldens, low: 1, high: MaxGoldens, what: "goldens",
							element: func(g *GeneratorGolden) codec {
								return &group{settings: []setting{
									{name: "seed", summary: "seed of the question", value: digestOf{&g.Seed}},
									{name: "question_sha256", summary: "digest of the canonical bytes of the question", value: digestOf{&g.QuestionSha256}},
								}}
							},
						}},
					}
				},
			},
		},
	}
}

func documentsGroup(b *BuiltinSource) *optionalGroup {
	return &optionalGroup{
		there: func() bool { return b.Documents != nil },
		create: func() []setting {
			if b.Documents == nil {
				b.Documents = &Dataset{}
			}
			return datasetSettings(b.Documents)
		},
	}
}

func datasetSettings(d *Dataset) []setting {
	return []setting{
		{name: "root", summary: "Merkle root over all items", value: digestOf{&d.Root}},
		{name: "items", summary: "items in the set", value: numberOf[uint32]{to: &d.Items, low: 1, high: MaxDatasetItems}},
		{name: "shards", summary: "files that hold the items in order; none for a sealed set, whose items the owner opens one by one", optional: true, value: listOf[Shard]{
			to: &d.Shards, high: MaxShards, what: "shards",
			element: func(s *Shard) codec {
				return &group{settings: []setting{
					{name: "sha256", summary: "digest of the file", value: digestOf{&s.Sha256}},
					{name: "length", summary: "bytes in the file", value: numberOf[uint32]{to: &s.Length, low: 1, high: MaxShardBytes}},
					{name: "items", summary: "items in the file", value: numberOf[uint32]{to: &s.Items, low: 1, high: MaxDatasetItems}},
				}}
			},
		}},
		{name: "mirrors", summary: "addresses below which it is served, tried in order", value: mirrorsOf(&d.Mirrors), optional: true},
	}
}

func mirrorsOf(to *[]string) listOf[string] {
	return listOf[string]{
		to: to, high: MaxMirrors, what: "mirrors",
		element: func(address_ *string) codec { return textOf{address_, 1, MaxMirrorBytes, address} },
	}
}

func moduleSettings(m *Module) []setting {
	return []setting{
		{name: "sha256", summary: "digest of the module", value: digestOf{&m.Sha256}},
		{name: "length", summary: "bytes in the module", value: numberOf[uint32]{to: &m.Length, low: 1, high: MaxModuleBytes}},
		{name: "memory_pages", summary: "pages of 64 KiB that it may use", value: numberOf[uint32]{to: &m.MemoryPages, low: 1, high: MaxMemoryPages}},
		{name: "time_limit_ms", summary: "how long one call may take; a safety net, after which there is no result", value: numberOf[uint32]{to: &m.TimeLimitMs, low: 1, high: MaxTimeLimitMs}},
		{name: "mirrors", summary: "addresses below which it is served, tried in order", value: mirrorsOf(&m.Mirrors), optional: true},
	}
}

func samplingSettings(s *Sampling) []setting {
	return []setting{
		{name: "items_per_miner", summary: "questions that a miner is asked in an epoch", value: numberOf[uint32]{to: &s.ItemsPerMiner, low: 1, high: MaxItemsPerMiner}},
		{name: "domain", summary: "miner: every miner gets questions of its own; shared: all miners of an epoch get the same", value: choiceOf{to: (*int32)(&s.Domain), names: domainNames[:]}},
		{name: "calibration_items", summary: "how many of them are the same for all miners and asked by every validator, to compare validators; nobody is paid for them, since anybody can know them beforehand", value: numberOf[uint32]{to: &s.CalibrationItems, high: MaxItemsPerMiner}, optional: true},
		{name: "validators_per_item", summary: "how many validators ask at each of the other places, dealt out by the beacon, each a question of its own; 0 for all", value: numberOf[uint32]{to: &s.ValidatorsPerItem, high: MaxValidatorsPerItem}, optional: true},
		{name: "samples", summary: "answers that are asked for to each question", value: numberOf[uint32]{to: &s.Samples, low: 2, high: MaxSamples, orZero: true}, optional: true},
	}
}

func requestSettings(r *Request) []setting {
	return []setting{
		{name: "endpoint", summary: "OpenAI-compatible endpoint that is called", value: choiceOf{to: (*int32)(&r.Endpoint), names: endpointNames[:]}},
		{name: "max_tokens", summary: "most tokens that an answer may have", value: numberOf[uint32]{to: &r.MaxTokens, low: 1, high: MaxTokens}},
		{name: "temperature_milli", summary: "sampling temperature in thousandths", value: numberOf[uint32]{to: &r.TemperatureMilli, high: MaxTemperatureMilli, always: true}, optional: true},
		{name: "deadline_ms", summary: "milliseconds that a miner may take for one answer; a later one is none", value: numberOf[uint32]{to: &r.DeadlineMs, low: MinDeadlineMs, high: MaxDeadlineMs}},
		{name: "system", summary: "text of a system message before the question", value: textOf{&r.System, 0, MaxPromptBytes, code}, optional: true},
	}
}

func modelSettings(m *Model) []setting {
	return []setting{
		{name: "name", summary: "name by which scorers call it", value: textOf{&m.Name, 1, MaxNameBytes, identifier}},
		{name: "sha256", summary: "digest of its weights file", value: digestOf{&m.Sha256}},
		{name: "length", summary: "bytes in the weights file", value: numberOf[uint32]{to: &m.Length, low: 1, high: MaxUint32}},
		{name: "tier", summary: "exact: native engine, every bit agrees; float32: means agree within 1e-4 nats; low: within 5e-3 nats", value: choiceOf{to: (*int32)(&m.Tier), names: tierNames[:]}},
		{name: "mirrors", summary: "addresses below which it is served; none for models that ship with the program", value: mirrorsOf(&m.Mirrors), optional: true},
	}
}

func aggregationSettings(a *Aggregation) []setting {
	return []setting{
		{name: "items", summary: "how the items of an epoch become one score", value: choiceOf{to: (*int32)(&a.Items), names: itemAggregationNames[:]}},
		{name: "ema_alpha_bp", summary: "share of the newest epoch in the standing; 10,000 forgets the past at once", value: numberOf[uint32]{to: &a.EmaAlphaBp, low: 1, high: OneBp, orZero: true}, optional: true},
		{name: "ema_half_life_blocks", summary: "in how many blocks the past loses half of its share, in place of ema_alpha_bp", value: numberOf[uint32]{to: &a.EmaHalfLifeBlocks, low: 1, high: MaxHalfLifeBlocks, orZero: true}, optional: true},
		{name: "absence", summary: "what an epoch without any answer does to a standing; reset: it falls to 0 at once", value: choiceOf{to: (*int32)(&a.Absence), names: absenceNames[:]}},
		{name: "pass_at", summary: "k of pass@k over the samples of a question; 0 for their mean", value: numberOf[uint32]{to: &a.PassAt, low: 1, high: MaxSamples, orZero: true}, optional: true},
		{name: "epsilon_bp", summary: "lead that an earlier miner keeps over a later one (win-rate), or difference that does not count (pareto)", value: numberOf[uint32]{to: &a.EpsilonBp, high: MaxMarginBp}, optional: true},
		{name: "margin_bp", summary: "by how much a challenger must beat the champion (winner-takes-all)", value: numberOf[uint32]{to: &a.MarginBp, high: MaxMarginBp}, optional: true},
		{name: "fault", summary: "zero: an item counts as 0 when a scorer fails on the miner's answer; left out, it does not count", value: choiceOf{to: (*int32)(&a.Fault), names: faultNames[:], orZero: true}, optional: true},
		{name: "significance", summary: "test that one miner must pass to count as better than another", optional: true, value: &optionalGroup{
			there: func() bool { return a.Significance != nil },
			create: func() []setting {
				if a.Significance == nil {
					a.Significance = &Significance{}
				}
				return []setting{
					{name: "test", summary: "sign: exact sign test of the items on which two differ; sequential: an interval that is valid at every look", value: choiceOf{to: (*int32)(&a.Significance.Test), names: significanceNames[:]}},
					{name: "alpha_ppm", summary: "error allowed in all comparisons of an epoch together, in millionths", value: numberOf[uint32]{to: &a.Significance.AlphaPpm, low: 1, high: MaxAlphaPpm}},
				}
			},
		}},
	}
}

func weightsGroup(w *Weights) *group {
	return &group{
		settings: []setting{
			{name: "baseline_bp", summary: "standing that earns nothing: what a guesser reaches by luck", value: numberOf[uint32]{to: &w.BaselineBp, high: MaxBaselineBp, always: true}, optional: true},
			{name: "top_k", summary: "how many of the best get a weight, with all that tie with the last; 0 for everyone above the baseline", value: numberOf[uint32]{to: &w.TopK, high: MaxTopK, always: true}, optional: true},
		},
		what: "needs either power or softmax_temperature_bp",
		variants: []variant{
			{
				name: "power", summary: "(standing - baseline) raised to an exponent",
				is: func() bool { return w.GetPower() != nil },
				settings: func() []setting {
					if w.GetPower() == nil {
						w.Map = &Weights_Power{Power: &PowerMap{}}
					}
					return []setting{{name: "power", summary: "exponent, from 1 (proportional) to 8 (almost all to the best)", value: numberOf[uint32]{to: &w.GetPower().Exponent, low: 1, high: MaxExponent}}}
				},
			},
			{
				name: "softmax_temperature_bp", summary: "exp(standing / temperature)",
				is: func() bool { return w.GetSoftmax() != nil },
				settings: func() []setting {
					if w.GetSoftmax() == nil {
						w.Map = &Weights_Softmax{Softmax: &SoftmaxMap{}}
					}
					return []setting{{name: "softmax_temperature_bp", summary: "difference in standing that makes a factor e", value: numberOf[uint32]{to: &w.GetSoftmax().TemperatureBp, low: 1, high: MaxTemperatureBp}}}
				},
			},
		},
	}
}
