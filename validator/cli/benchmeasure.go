package cli

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/spec"
)

// How much is drawn to measure a benchmark: epochs until so many questions are there.
const (
	mostDrawn  = 2048
	mostEpochs = 64
	// scoredItems is of how many questions the right answer is scored, and others tried.
	scoredItems = 256
	// scoredLong is the same where a model is asked, or a program may take so many steps or
	// milliseconds for one answer.
	scoredLong = 24
	longSteps  = 1_000_000
	longMs     = 1000
	// rarely is how many epochs there must be for one with a question that comes twice.
	rarely = 20
	// surePairs is how many pairs of equal questions must be drawn before their number is
	// estimated: by one or two it could as well be ten times as many.
	surePairs = 3
	// guesses is how many of the most frequent answers are tried on every question.
	guesses = 4
)

// sample is what was drawn of a benchmark.
type sample struct {
	epochs [][]benchmark.Task
	// all tasks with a question, one for each item.
	asked []benchmark.Task
	// faults by reason, and how many items there were.
	faults map[benchmark.Reason]int
	detail map[benchmark.Reason]string
	items  int
}

// drawSample draws epochs of one miner.
func drawSample(ctx context.Context, program *benchmark.Program, questions int) (*sample, error) {
	out := &sample{faults: map[benchmark.Reason]int{}, detail: map[benchmark.Reason]string{}}
	for epoch := uint64(1); epoch <= mostEpochs && out.items < questions; epoch++ {
		tasks, err := program.Draw(ctx, benchmark.Seed{ChainID: "desk", Netuid: 1, Version: 1, Epoch: epoch, MinerID: 1}, benchmark.Share{})
		if err != nil {
			return nil, err
		}
		tasks = slices.DeleteFunc(tasks, func(task benchmark.Task) bool { return task.Sample > 0 })
		out.epochs = append(out.epochs, tasks)
		out.items += len(tasks)
		for i := range tasks {
			if fault := tasks[i].Fault; fault != nil {
				out.faults[fault.Reason]++
				out.detail[fault.Reason] = fault.Err.Error()
				continue
			}
			out.asked = append(out.asked, tasks[i])
		}
	}
	return out, nil
}

// measure warns of what can be seen by drawing and scoring.
func (l *linter) measure(ctx context.Context, program *benchmark.Program) error {
	drawn, err := drawSample(ctx, program, mostDrawn)
	if err != nil {
		return err
	}
	for _, reason := range slices.Sorted(maps.Keys(drawn.faults)) {
		advice := ""
		if reason == benchmark.ReasonQuestionMissing && !l.options.env.fetch {
			advice = "; name the folder that has them by --blobs, or let them be fetched by --fetch"
		}
		l.warn(warnFault, "source", "%d of %d questions could not be had: %s (%s)%s", drawn.faults[reason], drawn.items, reason, drawn.detail[reason], advice)
	}
	if len(drawn.asked) == 0 {
		return nil
	}
	l.repeats(drawn)
	l.lengths(drawn)
	if err := l.expected(ctx, program, drawn); err != nil {
		return err
	}
	return l.guessing(ctx, program, drawn)
}

// repeats looks for questions that come twice, in an epoch and at all.
func (l *linter) repeats(drawn *sample) {
	seen := map[string]int{}
	total, twice := 0, 0
	for _, tasks := range drawn.epochs {
		inEpoch, repeated := map[string]bool{}, false
		for i := range tasks {
			if tasks[i].Fault != nil {
				continue
			}
			prompt := tasks[i].Question.Prompt
			repeated = repeated || inEpoch[prompt]
			inEpoch[prompt] = true
			seen[prompt]++
			total++
		}
		if repeated {
			twice++
		}
	}
	if twice*rarely > len(drawn.epochs) {
		l.warn(warnRepeats, "sampling.items_per_miner", "in %d of %d epochs that were drawn a miner is asked the same question twice; ask less, or make the questions more various", twice, len(drawn.epochs))
	}
	if l.spec.Source.GetDataset() != nil {
		return // whose size is declared
	}
	// Of n questions, pairs that are equal tell how many there are to draw from.
	equal := 0
	for _, count := range seen {
		equal += count * (count - 1) / 2
	}
	if equal < surePairs {
		return
	}
	space := uint64(total) * uint64(total-1) / 2 / uint64(equal)
	if epochs := space / max(l.perEpoch(), 1); epochs < fewEpochs {
		l.warn(warnFew, "source", "there are about %d different questions (%d of %d drawn came before); in %s as many are asked as there are (%s), and miners that share what they were asked can answer by heart",
			space, total-len(seen), total, counted(int(max(epochs, 1)), "epoch"), l.asMeasured())
	}
}

// lengths looks at questions and answers that do not fit.
func (l *linter) lengths(drawn *sample) {
	prompt, answer := 0, 0
	for i := range drawn.asked {
		q := &drawn.asked[i].Question
		prompt, answer = max(prompt, len(q.Prompt)), max(answer, len(q.Expected))
	}
	request := &l.spec.Request
	tokens := (prompt+len(request.System))/bytesPerToken + int(request.MaxTokens)
	if tokens > usualContext {
		l.warn(warnContext, "request.max_tokens", "questions of up to %d bytes, the system message and max_tokens are about %d tokens together; many served models take %d", prompt, tokens, usualContext)
	}
	if answer/bytesPerToken > int(request.MaxTokens) {
		l.warn(warnTokens, "request.max_tokens", "right answers have up to %d bytes, about %d tokens, and max_tokens is %d: nobody can answer all questions", answer, answer/bytesPerToken, request.MaxTokens)
	}
}

// affordable is of how many questions answers are scored: of few where scoring takes long.
func affordable(s *spec.Spec) int {
	for i := range s.Scorers {
		scorer := &s.Scorers[i]
		asksModel := scorer.GetBitsPerByte() != nil || scorer.GetEmbedding() != nil || scorer.GetJudge() != nil
		if asksModel || max(scorer.GetTests().GetMaxSteps(), scorer.GetStarlark().GetMaxSteps()) > longSteps || scorer.GetWasm() != nil && scorer.GetWasm().Module.TimeLimitMs > longMs {
			return scoredLong
		}
	}
	return scoredItems
}

// some takes at most so many tasks, spread over all.
func some(tasks []benchmark.Task, most int) []benchmark.Task {
	if len(tasks) <= most {
		return tasks
	}
	taken := make([]benchmark.Task, most)
	for i := range taken {
		taken[i] = tasks[i*len(tasks)/most]
	}
	return taken
}

// atOnce is an answer that takes no time, with as many tokens as a validator would believe.
func atOnce(text string, s *spec.Spec) benchmark.Answer {
	return benchmark.Answer{Completion: text, Tokens: min(s.Request.MaxTokens, uint32(len(text)))}
}

// expected scores the right answer of every question.
func (l *linter) expected(ctx context.Context, program *benchmark.Program, drawn *sample) error {
	batch := program.Batch()
	defer batch.Close()
	type trouble struct {
		count  int
		detail string
	}
	lacking := make([]trouble, len(l.spec.Scorers))
	failed := map[benchmark.Reason]trouble{}
	scored := 0
	tasks := some(drawn.asked, affordable(l.spec))
	for i := range tasks {
		task := &tasks[i]
		if task.Question.Expected == "" {
			continue // what is right is not known
		}
		scored++
		verdict := batch.Score(ctx, task, atOnce(task.Question.Expected, l.spec))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if verdict.Reason != benchmark.ReasonNone {
			failed[verdict.Reason] = trouble{failed[verdict.Reason].count + 1, plainDetail(verdict.Detail, verdict.Reason)}
			continue
		}
		for at, part := range verdict.Parts {
			if part < benchmark.ScoreOne && certain(&l.spec.Scorers[at]) {
				lacking[at].count++
				lacking[at].detail = fmt.Sprintf("%s%% for %s to %s", percent(part), short(task.Question.Expected), short(task.Question.Prompt))
			}
		}
	}
	for at := range lacking {
		if lacking[at].count > 0 {
			l.warn(warnExpected, fmt.Sprintf("scorers[%d]", at), "the right answer does not get the full score for %d of %d questions, such as %s; see extract", lacking[at].count, scored, lacking[at].detail)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(failed)) {
		l.warn(warnExample, "scorers", "the right answer of %d of %d questions has no score: %s (%s)", failed[reason].count, scored, reason, failed[reason].detail)
	}
	return nil
}

// certain tells a scorer that must give all to the right answer: not one that asks a
// model, or a clock.
func certain(s *spec.Scorer) bool {
	return !ofSpeed(s) && s.GetBitsPerByte() == nil && s.GetEmbedding() == nil && s.GetJudge() == nil
}

// guessing tries what somebody earns who knows nothing.
func (l *linter) guessing(ctx context.Context, program *benchmark.Program, drawn *sample) error {
	if l.spec.Aggregation.Items != spec.ITEM_AGGREGATION_MEAN {
		return nil // the baseline is no score of answers there
	}
	baseline := int64(l.spec.Weights.BaselineBp) * (benchmark.ScoreOne / spec.OneBp)
	if luck, known := l.luckBp(); known && luck >= int64(l.spec.Weights.BaselineBp) {
		l.warn(warnBaseline, "weights.baseline_bp", "a guesser who knows the families is right in %s%% of the questions, and the baseline is %s%%: luck is paid", percentBP(uint32(luck)), percentBP(l.spec.Weights.BaselineBp))
		return nil
	} else if chance := luckyEpochs(l.shares(), l.spec.Weights.BaselineBp, luck); known && chance > 1.0/rarely {
		l.warn(warnBaseline, "weights.baseline_bp", "a guesser who knows the families is right in %s%% of the questions, and so above the baseline of %s%% in %.0f%% of the epochs, in each of which a validator scores %s: luck is paid; raise it, or ask more",
			percentBP(uint32(luck)), percentBP(l.spec.Weights.BaselineBp), 100*chance, counted(int(l.shares().paid()), "question"))
		return nil
	}
	tasks := some(drawn.asked, affordable(l.spec))
	best, which := int64(-1), ""
	for _, guess := range l.tries(drawn) {
		mean, err := meanScore(ctx, program, tasks, guess.answer)
		if err != nil {
			return err
		}
		if mean > best {
			best, which = mean, guess.name
		}
	}
	if best > baseline {
		l.warn(warnBaseline, "weights.baseline_bp", "%s reaches %s%%, and the baseline is %s%%: knowing nothing is paid", which, percent(best), percentBP(l.spec.Weights.BaselineBp))
	}
	return nil
}

// luckyEpochs is the share of epochs in which one validator scores somebody, who is right in
// so many basis points of the questions, above the baseline: the upper tail of a binomial
// distribution. It is for people to read.
func luckyEpochs(s shares, baselineBp uint32, luckBp int64) float64 {
	n, p := int64(s.paid()), float64(luckBp)/spec.OneBp
	enough := int64(baselineBp)*n/spec.OneBp + 1
	if p <= 0 || enough > n {
		return 0
	}
	if p >= 1 {
		return 1
	}
	logFactorial := func(k int64) float64 {
		value, _ := math.Lgamma(float64(k + 1))
		return value
	}
	tail := 0.0
	for right := enough; right <= n; right++ {
		tail += math.Exp(logFactorial(n) - logFactorial(right) - logFactorial(n-right) + float64(right)*math.Log(p) + float64(n-right)*math.Log1p(-p))
	}
	return tail
}

// luckBp is how often a guesser is right, by what generators say of their families.
func (l *linter) luckBp() (mean int64, known bool) {
	builtin := l.spec.Source.GetBuiltin()
	if builtin == nil || len(builtin.Families) == 0 {
		return 0, false
	}
	for _, info := range generate.Infos() {
		if info.Name != builtin.Generator {
			continue
		}
		total := int64(0)
		for _, family := range info.Families {
			if slices.Contains(builtin.Families, family.Name) {
				total += int64(family.LuckBp)
			}
		}
		return total / int64(len(builtin.Families)), true
	}
	return 0, false
}

// guess is a way to answer without knowing anything.
type guess struct {
	name   string
	answer func(task *benchmark.Task) string
}

// tries lists what is tried: nothing, the question itself, and the most frequent answers.
func (l *linter) tries(drawn *sample) []guess {
	list := []guess{
		{"an empty answer to every question", func(*benchmark.Task) string { return "" }},
		{"the question itself as its answer", func(task *benchmark.Task) string { return task.Question.Prompt }},
	}
	frequency := map[string]int{}
	for i := range drawn.asked {
		frequency[drawn.asked[i].Question.Expected]++
	}
	answers := slices.Sorted(maps.Keys(frequency))
	slices.SortStableFunc(answers, func(a, b string) int { return frequency[b] - frequency[a] })
	for _, answer := range answers[:min(guesses, len(answers))] {
		list = append(list, guess{"the answer " + short(answer) + " to every question", func(*benchmark.Task) string { return answer }})
	}
	return list
}

// meanScore is the mean of the scores of answers given at once.
func meanScore(ctx context.Context, program *benchmark.Program, tasks []benchmark.Task, answer func(*benchmark.Task) string) (int64, error) {
	batch := program.Batch()
	defer batch.Close()
	total, counted := int64(0), int64(0)
	for i := range tasks {
		verdict := batch.Score(ctx, &tasks[i], atOnce(answer(&tasks[i]), program.Spec()))
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if verdict.Outcome == benchmark.OutcomeScored {
			total += verdict.Score
			counted++
		}
	}
	return total / max(counted, 1), nil
}
