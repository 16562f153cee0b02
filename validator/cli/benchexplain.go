package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/internal/benchdoc"
	"github.com/agora-network/agora/internal/daemon"
)

// explainFlags say for which subnet a benchmark is explained.
type explainFlags struct {
	validators uint32
	miners     uint32
	tempo      uint64
}

// explained is what `bench explain` prints, part by part.
type explained struct {
	Name        string             `json:"name"`
	Description string             `json:"description,omitempty"`
	Asked       []string           `json:"asked"`
	Examples    []shownTask        `json:"examples"`
	Scored      []string           `json:"scored"`
	Compared    []string           `json:"compared"`
	Standing    []standingStep     `json:"standing"`
	Rewarded    []string           `json:"rewarded"`
	Cost        explainedCost      `json:"cost"`
	Settings    []explainedSetting `json:"settings"`
	standing    []string           // the standing in words
}

type standingStep struct {
	Epoch    uint64 `json:"epoch"`
	Measured int64  `json:"measured"`
	Standing int64  `json:"standing"`
}

type explainedCost struct {
	Validators uint32 `json:"validators"`
	Miners     uint32 `json:"miners"`
	// Each of an epoch.
	RequestsOfMiner     uint64 `json:"requests_of_a_miner"`
	CalibrationOfMiner  uint64 `json:"calibration_requests_of_a_miner"` // among these
	RequestsOfValidator uint64 `json:"requests_of_a_validator"`
	Requests            uint64 `json:"requests"`
	PromptTokens        uint64 `json:"prompt_tokens_of_a_miner"`
	MostAnswerTokens    uint64 `json:"most_answer_tokens_of_a_miner"`
	TokensOfAll         uint64 `json:"most_tokens_of_all"`
	DistinctQuestions   uint64 `json:"distinct_questions"`
}

type explainedSetting struct {
	Path    string `json:"path"`
	Value   string `json:"value"`
	Meaning string `json:"meaning"`
}

func newBenchExplain() *cobra.Command {
	var env benchEnv
	var flags explainFlags
	command := &cobra.Command{
		Use:   "explain FILE",
		Short: "Say in words what a benchmark asks, how it pays and what it costs",
		Long: `explain says what miners are asked, with an example of each kind of question; how an answer is scored and how miners are
compared; how a standing moves and what it pays, in numbers; how many requests and tokens an epoch costs on a subnet of
the size that the flags name; and what each setting means. Tokens of text are taken as four bytes.`,
		Example: `  validator bench explain basics
  validator bench explain sums.yaml --validators 12 --miners 200 --tempo 720`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) (err error) {
			if flags.validators == 0 || flags.miners == 0 || flags.tempo == 0 {
				return daemon.UsageError(errors.New("--validators, --miners and --tempo must be above 0"))
			}
			file, s, err := loadBench(command, args[0])
			if err != nil {
				return err
			}
			program, err := env.open(command.Context(), file, s)
			if err != nil {
				return fmt.Errorf("%s: %w", file.name, err)
			}
			defer func() { err = errors.Join(err, program.close()) }()
			shown, err := explainProgram(command.Context(), program.Program, flags)
			if err != nil {
				return err
			}
			return daemon.Show(command, shown, func() string { return explainText(shown) })
		},
	}
	env.addFlags(command)
	command.Flags().Uint32Var(&flags.validators, "validators", usualValidators, "validators that the subnet is assumed to have")
	command.Flags().Uint32Var(&flags.miners, "miners", 64, "miners that the subnet is assumed to have")
	command.Flags().Uint64Var(&flags.tempo, "tempo", 360, "blocks of an epoch")
	addOutputFlags(command)
	return command
}

func explainProgram(ctx context.Context, program *benchmark.Program, flags explainFlags) (*explained, error) {
	s := program.Spec()
	drawn, err := drawSample(ctx, program, scoredItems)
	if err != nil {
		return nil, err
	}
	out := &explained{
		Name: s.Name, Description: s.Description, Asked: askedWords(s), Examples: examples(drawn),
		Scored: scoredWords(program), Compared: comparedWords(s, sharesOf(s, flags.validators)), Rewarded: rewardedWords(s), Cost: costOf(s, drawn, flags),
	}
	if out.Settings, err = explainedSettings(s); err != nil {
		return nil, err
	}
	out.Standing, out.standing = standingWords(s, flags.tempo)
	return out, nil
}

func askedWords(s *spec.Spec) []string {
	var source string
	switch {
	case s.Source.GetDataset() != nil:
		set := &s.Source.GetDataset().Dataset
		source = fmt.Sprintf("questions of a data set of %d items that somebody wrote down, none twice in an epoch", set.Items)
		if len(set.Shards) == 0 {
			source += "; it is sealed: the owner opens items one by one, to the validators that draw them"
		}
	case s.Source.GetSandbox() != nil:
		source = fmt.Sprintf("questions made by the module %x in the sandbox", s.Source.GetSandbox().Module.Sha256)
	default:
		builtin := s.Source.GetBuiltin()
		source = fmt.Sprintf("questions made by the generator %s: %s", builtin.Generator, strings.Join(builtin.Families, ", "))
	}
	whose := "of its own, so that nothing can be passed on"
	if s.Sampling.Domain == spec.SAMPLING_DOMAIN_SHARED {
		whose = "that all miners of the epoch are asked, so that they can be compared"
	}
	lines := []string{source, fmt.Sprintf("a miner is asked %d in an epoch, %s", s.Sampling.ItemsPerMiner, whose)}
	if n := s.Sampling.Samples; n > 1 {
		lines = append(lines, fmt.Sprintf("to each question %d answers are asked for", n))
	}
	if n := s.Sampling.CalibrationItems; n > 0 {
		lines = append(lines, fmt.Sprintf("%d of them are the same for all miners and asked by every validator, so that validators can be compared; anybody can know them beforehand, so they count for nobody's pay", n))
	}
	who := "every validator asks as many, and"
	if n := s.Sampling.ValidatorsPerItem; n > 0 {
		who = fmt.Sprintf("who asks them the beacon deals out, each place of the draw to %s;", counted(int(n), "validator"))
	}
	lines = append(lines, who+" each validator draws its own from the beacon and a secret, which it opens with its evidence, so that no miner knows them before")
	return append(lines, fmt.Sprintf("an answer may have %d tokens and take %d ms, at temperature %s; a later one is none",
		s.Request.MaxTokens, s.Request.DeadlineMs, thousandths(s.Request.TemperatureMilli)))
}

// thousandths writes a number in thousandths without needless zeros.
func thousandths(n uint32) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", n/1000, n%1000), "0"), ".")
}

// examples takes one question of each family.
func examples(drawn *sample) []shownTask {
	list := []shownTask{}
	seen := map[string]bool{}
	for i := range drawn.asked {
		if task := &drawn.asked[i]; !seen[task.Question.Family] {
			seen[task.Question.Family] = true
			list = append(list, describeTask(1, task))
		}
	}
	slices.SortStableFunc(list, func(a, b shownTask) int { return strings.Compare(a.Question.Family, b.Question.Family) })
	return list
}

func scoredWords(program *benchmark.Program) []string {
	s := program.Spec()
	summaries := map[string]string{}
	for _, info := range spec.Scorers() {
		summaries[info.Name] = info.Summary
	}
	lines := make([]string, 0, len(s.Scorers)+2)
	for i := range s.Scorers {
		scorer := &s.Scorers[i]
		line := fmt.Sprintf("%s, %s%% of the score: %s; looks at %s", scorer.Name(), percentBP(scorer.WeightBp), summaries[scorer.Name()], benchdoc.Extraction(scorer.Extraction))
		if scorer.Gate {
			line += "; the whole answer gets 0 when it gives 0"
		}
		lines = append(lines, line)
	}
	fault := "the question does not count"
	if s.Aggregation.Fault == spec.FAULT_ZERO {
		fault = "the answer gets 0"
	}
	lines = append(lines, "no answer gets 0", "when a scorer fails on an answer, "+fault)
	if program.Ordered() {
		lines = append(lines, "the module sees the answers of a miner in an epoch one after the other, and may remember those before")
	}
	if tolerance := program.Tolerance(); tolerance > 0 {
		lines = append(lines, fmt.Sprintf("two honest validators may differ by %d of 1e9 in an item, since a model is asked", tolerance))
	}
	return lines
}

func comparedWords(s *spec.Spec, shares shares) []string {
	a := &s.Aggregation
	lines := []string{benchdoc.Aggregation(a.Items)}
	if a.PassAt > 0 {
		lines = append(lines, fmt.Sprintf("a question counts as the chance that one of %d answers is right, estimated without bias from %d", a.PassAt, s.Sampling.Samples))
	}
	if a.EpsilonBp > 0 {
		lines = append(lines, fmt.Sprintf("a lead of up to %s%% does not count", percentBP(a.EpsilonBp)))
	}
	if a.MarginBp > 0 {
		lines = append(lines, fmt.Sprintf("a challenger must be ahead by more than %s%%", percentBP(a.MarginBp)))
	}
	if a.Significance != nil {
		test := "an exact sign test"
		if a.Significance.Test == spec.SIGNIFICANCE_TEST_SEQUENTIAL {
			test = "a sequential test"
		}
		lines = append(lines, fmt.Sprintf("and must be so by %s, with an error of at most %s%% in all comparisons of an epoch together", test, strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.4f", float64(a.Significance.AlphaPpm)/1e4), "0"), ".")))
	}
	if a.Items == spec.ITEM_AGGREGATION_MEAN {
		// Of a score around one half, where chance has the most room.
		n := shares.paid()
		lines = append(lines, fmt.Sprintf("chance moves the score of an epoch with one of %s by about %.0f points in either direction (95%%, %s that are right or wrong)",
			counted(int(shares.validators), "validator"), min(100*1.96*math.Sqrt(0.25/float64(n)), 50), counted(int(n), "question")))
	}
	return lines
}

// exampleScore is what the miner of the example reaches in every epoch.
const exampleScore = benchmark.ScoreOne * 8 / 10

// standingWords lets a newcomer that reaches 80 % in every epoch rise, and then leave.
func standingWords(s *spec.Spec, tempo uint64) ([]standingStep, []string) {
	var lines []string
	if half := s.Aggregation.EmaHalfLifeBlocks; half > 0 {
		lines = append(lines, fmt.Sprintf("the past loses half of its share in %d blocks; an epoch has %d", half, tempo))
	} else {
		lines = append(lines, fmt.Sprintf("%s%% of a standing is the newest epoch", percentBP(s.Aggregation.EmaAlphaBp)))
	}
	var steps []standingStep
	var standing benchmark.Standing
	line := "a newcomer that reaches 80% in every epoch stands at"
	for epoch := uint64(1); epoch <= 10; epoch++ {
		next, err := standing.Advance(s, epoch, epoch*tempo, tempo, benchmark.EpochScore{Score: exampleScore, Scored: 1})
		if err != nil {
			break // not for epochs that follow one another
		}
		standing = next
		steps = append(steps, standingStep{Epoch: epoch, Measured: exampleScore, Standing: standing.Score})
		if slices.Contains([]uint64{1, 2, 3, 5, 10}, epoch) {
			line += fmt.Sprintf(" %s%% (epoch %d)", percent(standing.Score), epoch)
		}
	}
	return steps, append(lines, line, "an epoch in which it answers nothing takes it to 0 at once")
}

func rewardedWords(s *spec.Spec) []string {
	w := &s.Weights
	lines := []string{fmt.Sprintf("a standing of %s%% or less earns nothing; when nobody is above it, validators send no weights", percentBP(w.BaselineBp))}
	if w.TopK > 0 {
		lines = append(lines, fmt.Sprintf("only the best %d earn, and whoever ties with the last of them", w.TopK))
	}
	if power := w.GetPower(); power != nil {
		lines = append(lines, fmt.Sprintf("what is above the baseline counts to the power of %d", power.Exponent))
	} else {
		lines = append(lines, fmt.Sprintf("every %s points of standing earn %.1f times as much", percentBP(w.GetSoftmax().GetTemperatureBp()), math.E))
	}
	standings := []int64{90, 80, 60, 40}
	scores := make([]int64, len(standings))
	for i, standing := range standings {
		scores[i] = standing * benchmark.ScoreOne / 100
	}
	total := int64(0)
	row := benchmark.Weights(s, scores)
	for _, weight := range row {
		total += int64(weight)
	}
	if total == 0 {
		return append(lines, "of four miners at 90%, 80%, 60% and 40% nobody earns anything")
	}
	shares := make([]string, len(row))
	for i, weight := range row {
		shares[i] = percent(int64(weight)*benchmark.ScoreOne/total) + "%"
	}
	return append(lines, "of four miners at 90%, 80%, 60% and 40% these are the shares: "+strings.Join(shares, ", "))
}

func costOf(s *spec.Spec, drawn *sample, flags explainFlags) explainedCost {
	cost := explainedCost{Validators: flags.validators, Miners: flags.miners}
	dealt, samples := sharesOf(s, flags.validators), uint64(max(s.Sampling.Samples, 1))
	cost.RequestsOfMiner = samples * dealt.requests()
	cost.CalibrationOfMiner = samples * dealt.calibration * dealt.validators
	cost.Requests = cost.RequestsOfMiner * uint64(flags.miners)
	// Rounded up: the beacon deals so evenly that nobody has more than this.
	cost.RequestsOfValidator = (cost.Requests + uint64(flags.validators) - 1) / uint64(flags.validators)
	cost.DistinctQuestions = dealt.different(uint64(flags.miners))
	bytes := uint64(0)
	for i := range drawn.asked {
		bytes += uint64(len(drawn.asked[i].Question.Prompt) + len(s.Request.System))
	}
	if n := uint64(len(drawn.asked)); n > 0 {
		cost.PromptTokens = (cost.RequestsOfMiner*bytes/n + bytesPerToken - 1) / bytesPerToken
	}
	cost.MostAnswerTokens = cost.RequestsOfMiner * uint64(s.Request.MaxTokens)
	cost.TokensOfAll = (cost.PromptTokens + cost.MostAnswerTokens) * uint64(flags.miners)
	return cost
}

// listIndex is the place in a list, which the reference leaves open.
var listIndex = regexp.MustCompile(`\[\d+\]`)

// explainedSettings gives each value its meaning.
func explainedSettings(s *spec.Spec) ([]explainedSetting, error) {
	flat, err := flatSettings(s)
	if err != nil {
		return nil, err
	}
	reference := spec.Reference()
	list := make([]explainedSetting, 0, len(flat))
	scorer := ""
	for _, setting := range flat {
		general := listIndex.ReplaceAllString(setting.path, "[]")
		if general == "scorers[].scorer" {
			scorer = setting.value
		}
		at := slices.IndexFunc(reference, func(info spec.SettingInfo) bool {
			return info.Path == general && (info.Variant == "" || !strings.HasPrefix(general, "scorers[]") || info.Variant == scorer)
		})
		meaning := ""
		if at >= 0 {
			meaning = reference[at].Summary
		} else if strings.HasPrefix(general, "source.settings.") {
			meaning = generatorSetting(s, strings.TrimPrefix(general, "source.settings."))
		}
		list = append(list, explainedSetting{Path: setting.path, Value: setting.value, Meaning: meaning})
	}
	return list, nil
}

func generatorSetting(s *spec.Spec, name string) string {
	for _, generator := range spec.Generators() {
		if generator.Name != s.Source.GetBuiltin().GetGenerator() {
			continue
		}
		for _, setting := range generator.Settings {
			if setting.Name == name {
				return setting.Summary
			}
		}
	}
	return ""
}

func explainText(e *explained) string {
	var text strings.Builder
	text.WriteString(e.Name + "\n")
	if e.Description != "" {
		text.WriteString(e.Description + "\n")
	}
	paragraph(&text, "What is asked", e.Asked)
	if len(e.Examples) > 0 {
		text.WriteString("\nExamples\n")
		for i := range e.Examples {
			q := &e.Examples[i].Question
			if q.Family != "" {
				text.WriteString("  " + q.Family + "\n")
			}
			indented(&text, q.Prompt)
			if q.Expected != "" {
				labelled(&text, "answer", q.Expected)
			}
		}
	}
	paragraph(&text, "How an answer is scored", e.Scored)
	paragraph(&text, "How miners are compared", e.Compared)
	paragraph(&text, "How a standing moves", e.standing)
	paragraph(&text, "What it pays", e.Rewarded)
	c := &e.Cost
	calibration := ""
	if c.CalibrationOfMiner > 0 {
		calibration = fmt.Sprintf(", %d of them for calibration", c.CalibrationOfMiner)
	}
	paragraph(&text, fmt.Sprintf("What an epoch costs (%s, %s)", counted(int(c.Validators), "validator"), counted(int(c.Miners), "miner")), []string{
		fmt.Sprintf("a miner answers %d requests%s: about %d tokens of questions, at most %d of answers", c.RequestsOfMiner, calibration, c.PromptTokens, c.MostAnswerTokens),
		fmt.Sprintf("a validator sends about %d requests", c.RequestsOfValidator),
		fmt.Sprintf("all together %d requests, at most %d tokens, over %d questions drawn apart", c.Requests, c.TokensOfAll, c.DistinctQuestions),
	})
	text.WriteString("\nWhat each setting means\n")
	width := 0
	for _, setting := range e.Settings {
		width = max(width, len(setting.Path))
	}
	for _, setting := range e.Settings {
		if strings.Contains(setting.Value, "\n") {
			fmt.Fprintf(&text, "  %-*s  %s\n", width, setting.Path, setting.Meaning)
			indented(&text, setting.Value)
			continue
		}
		fmt.Fprintf(&text, "  %-*s  %s\n  %-*s  %s\n", width, setting.Path, setting.Value, width, "", setting.Meaning)
	}
	return text.String()
}

func paragraph(text *strings.Builder, title string, lines []string) {
	text.WriteString("\n" + title + "\n")
	for _, line := range lines {
		text.WriteString("  " + line + "\n")
	}
}
