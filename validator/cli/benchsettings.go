package cli

import (
	"fmt"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/spec"
)

// What usual models can do.
const (
	// usualTokensPerSecond is what a model of some billion parameters gives one caller.
	usualTokensPerSecond = 100
	// usualContext is how many tokens most served models take, question and answer together.
	usualContext = 8192
	// bytesPerToken of English text, roughly; fewer of numbers and code.
	bytesPerToken = 4
	// mostCompared bounds the miners that are compared with each other to try a test.
	mostCompared = 256
	// fewEpochs is for how many epochs questions should last at least.
	fewEpochs = 100
)

// settings warns of what can be seen without drawing.
func (l *linter) settings() {
	l.models()
	l.speed()
	l.faults()
	l.times()
	l.sharing()
	l.sets()
	l.ties()
	l.significance()
}

func (l *linter) models() {
	for i := range l.spec.Models {
		name, used := l.spec.Models[i].Name, false
		for j := range l.spec.Scorers {
			s := &l.spec.Scorers[j]
			// Getters of another scorer give the empty text.
			used = used || s.GetBitsPerByte().GetModel() == name || s.GetEmbedding().GetModel() == name || s.GetJudge().GetModel() == name
		}
		if !used {
			l.warn(warnUnused, fmt.Sprintf("models[%d]", i), "no scorer uses %q, and yet every validator loads it", name)
		}
	}
	for i := range l.spec.Scorers {
		if l.spec.Scorers[i].GetJudge() != nil && !l.gated(i) {
			l.warn(warnJudge, fmt.Sprintf("scorers[%d]", i), "a judge reads what miners write, who will write to the judge; let another scorer be a gate beside it")
		}
	}
}

// gated tells whether a scorer other than this one, which looks at the answer, is a gate.
func (l *linter) gated(scorer int) bool {
	for i := range l.spec.Scorers {
		s := &l.spec.Scorers[i]
		if i != scorer && s.Gate && !ofSpeed(s) {
			return true
		}
	}
	return false
}

func ofSpeed(s *spec.Scorer) bool { return s.GetLatency() != nil || s.GetThroughput() != nil }

func (l *linter) speed() {
	for i := range l.spec.Scorers {
		if s := &l.spec.Scorers[i]; ofSpeed(s) && !l.gated(i) {
			l.warn(warnSpeed, fmt.Sprintf("scorers[%d]", i), "a fast wrong answer earns up to %s%%; set gate: true at the scorer that tells right from wrong", percentBP(s.WeightBp))
		}
	}
}

func (l *linter) faults() {
	if l.spec.Aggregation.Fault != spec.FAULT_UNSPECIFIED {
		return
	}
	for i := range l.spec.Scorers {
		s := &l.spec.Scorers[i]
		if s.GetCel() != nil || s.GetStarlark() != nil || s.GetWasm() != nil {
			l.warn(warnScorerFault, fmt.Sprintf("scorers[%d]", i), "a miner that finds an answer on which this %s scorer fails is not measured on that question; set aggregation.fault: zero once the scorer is known to bear any answer", s.Name())
			return // said once
		}
	}
}

func (l *linter) times() {
	request := &l.spec.Request
	if speed := (uint64(request.MaxTokens)*1000 + uint64(request.DeadlineMs) - 1) / uint64(request.DeadlineMs); speed > usualTokensPerSecond {
		l.warn(warnDeadline, "request.deadline_ms", "an answer of max_tokens, %d, is in time from %d tokens per second on; usual models give a caller about %d", request.MaxTokens, speed, usualTokensPerSecond)
	}
}

func (l *linter) sharing() {
	if s := &l.spec.Sampling; s.ValidatorsPerItem > 0 && s.CalibrationItems == 0 {
		l.warn(warnCalibration, "sampling.calibration_items", "each validator scores few questions, and none that another one asks, so that nobody can tell whether it scores otherwise than the rest or only had other questions; set one or two, which every validator asks and which count for nobody's pay")
	}
}

func (l *linter) shares() shares { return sharesOf(l.spec, l.options.validators) }

// perEpoch is how many questions an epoch draws apart from each other.
func (l *linter) perEpoch() uint64 { return l.shares().different(uint64(l.options.miners)) }

// asMeasured says for how many validators and miners an epoch's items are drawn.
func (l *linter) asMeasured() string {
	miners := counted(int(l.options.miners), "miner")
	if l.shares().shared {
		miners = "all miners"
	}
	return fmt.Sprintf("%s ask %s", counted(int(l.options.validators), "validator"), miners)
}

func (l *linter) sets() {
	source := l.spec.Source.GetDataset()
	if source == nil {
		return
	}
	set := &source.Dataset
	perEpoch := l.perEpoch()
	if len(set.Shards) > 0 {
		l.warn(warnPublic, "source.dataset.shards", "whoever reads the shards has every question with its answer before it is asked; leave shards out to have the set sealed, and open items one by one")
	}
	epochs := max(dataset.Epochs(uint64(set.Items), perEpoch), 1)
	if epochs < fewEpochs {
		l.warn(warnExhausted, "source.dataset.items", "as many items as there are, %d, are drawn in %s (%d in each: %s); then miners have seen %d of them and can answer by heart",
			set.Items, counted(int(epochs), "epoch"), perEpoch, l.asMeasured(), dataset.Opened(uint64(set.Items), min(perEpoch, uint64(set.Items)), epochs))
	}
}

// ties lets three miners be right in one and the same question only, and looks whether
// they are paid for being no worse than each other.
func (l *linter) ties() {
	if l.spec.Aggregation.Items == spec.ITEM_AGGREGATION_MEAN || l.shares().places < 2 {
		return // what they are paid for is what they know
	}
	sheets := l.sheets(3)
	for i := range sheets {
		for j := range sheets[i].Answers {
			if answer := &sheets[i].Answers[j]; answer.Item == l.spec.Sampling.CalibrationItems {
				answer.Score = benchmark.ScoreOne
				for part := range answer.Parts {
					answer.Parts[part] = benchmark.ScoreOne
				}
			}
		}
	}
	tally, err := benchmark.Tally(l.spec, sheets)
	if err != nil {
		return // no scores: nothing to be said of them
	}
	scores := make([]int64, len(tally))
	best := int64(0)
	for i := range tally {
		scores[i] = tally[i].Score
		best = max(best, scores[i])
	}
	// Where one of them has everything, as a champion does, that is what was asked for.
	if best == benchmark.ScoreOne || benchmark.Weights(l.spec, scores) == nil {
		return
	}
	l.warn(warnTies, "weights.baseline_bp", "miners are compared with each other: of three that are right in one and the same of %d questions the best stands at %s%%, above the baseline of %s%%, and is paid; set it to at least %d",
		l.shares().places, percent(best), percentBP(l.spec.Weights.BaselineBp), (best*spec.OneBp+benchmark.ScoreOne-1)/benchmark.ScoreOne)
}

// sheets are those of so many miners, all of whose answers get 0.
func (l *linter) sheets(miners uint32) []benchmark.Sheet {
	sheets := make([]benchmark.Sheet, miners)
	for i := range sheets {
		sheets[i] = benchmark.Sheet{MinerID: uint64(i + 1), Since: uint64(i + 1)}
		for item := range l.spec.Sampling.ItemsPerMiner {
			for range max(l.spec.Sampling.Samples, 1) {
				sheets[i].Answers = append(sheets[i].Answers, benchmark.ItemResult{
					Item: item, Outcome: benchmark.OutcomeScored, Parts: make([]int64, len(l.spec.Scorers)),
				})
			}
		}
	}
	return sheets
}

// significance lets the newest of all miners be right in everything and the others in
// nothing, and looks whether the test can tell.
func (l *linter) significance() {
	if l.spec.Aggregation.Significance == nil || l.options.miners < 2 {
		return
	}
	sheets := l.sheets(min(l.options.miners, mostCompared))
	best := len(sheets) - 1
	for i := range sheets[best].Answers {
		sheets[best].Answers[i].Score = benchmark.ScoreOne
	}
	tally, err := benchmark.Tally(l.spec, sheets)
	if err != nil || tally[best].Score == benchmark.ScoreOne {
		return
	}
	l.warn(warnSignificance, "aggregation.significance", "of %s the newest is right in all %d questions and the others in none, and the test does not find it better; ask more questions, or raise alpha_ppm",
		counted(len(sheets), "miner"), l.shares().places)
}
