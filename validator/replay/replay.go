// Package replay runs a past epoch again from its evidence and from public facts, and says which integers differ. Whoever
// has the evidence, the benchmark and what that names can do it; nothing here trusts the validator that made it.
package replay

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/wire"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Facts are what the chain says. What is nil is not compared.
type Facts struct {
	// Row as revealed.
	Row *subnettypes.ScoreRow
	// Epoch in which the questions were asked. Without it the beacon, from which they are drawn, is the validator's word.
	Epoch *subnettypes.Epoch
	// Miners registered now. Of one that has left since, nothing is compared, nor is the hotkey of one that has changed it.
	Miners []subnettypes.Miner
	// Before is the validator's evidence of the epoch before, whose root the chain shows. It binds the secret of this epoch,
	// which therefore was not chosen, and the standings that this epoch went on from.
	Before *evidence.Log
}

// Difference is an integer, digest or reason that comes out otherwise.
type Difference struct {
	// Miner and Item are those it is about; Item is nil when it is about the miner as a whole, both are nil when it is
	// about the epoch.
	Miner *uint64 `json:"miner_id,omitempty"`
	Item  *uint32 `json:"item,omitempty"`
	// What differs, such as "score" or "weight".
	What string `json:"what"`
	// Recorded is what the evidence or the chain has, Recomputed what comes out here.
	Recorded   string `json:"recorded"`
	Recomputed string `json:"recomputed"`
}

// String says it in a line.
func (d Difference) String() string {
	where := "the epoch"
	switch {
	case d.Item != nil:
		where = fmt.Sprintf("miner %d, item %d", *d.Miner, *d.Item)
	case d.Miner != nil:
		where = fmt.Sprintf("miner %d", *d.Miner)
	}
	return fmt.Sprintf("%s: %s is %s, recomputed %s", where, d.What, d.Recorded, d.Recomputed)
}

// Report is what a replay found.
type Report struct {
	// Items in the evidence; Drawn of them had their question drawn again, Rescored were scored again from a kept answer,
	// Unkept says how many could not be because the answer was not kept, or one before it that the scorer may remember.
	Items     int `json:"items"`
	Drawn     int `json:"drawn"`
	Rescored  int `json:"rescored"`
	Unkept    int `json:"answers_not_kept"`
	Receipts  int `json:"receipts"`
	Abstained int `json:"abstained"`
	// Reasons counts why items have no score.
	Reasons map[string]int `json:"reasons"`
	// OnChain is whether root and weights were compared with a row that the chain shows.
	OnChain bool `json:"on_chain"`
	// OfEpoch is whether beacon, benchmark and shares were compared with the epoch that the chain shows.
	OfEpoch bool `json:"of_epoch"`
	// Bound is whether secret and standings were compared with the epoch before, which binds them.
	Bound bool `json:"bound_by_epoch_before"`
	// Calibration is what each miner reached on the questions that all validators ask, which count for nobody's pay: where
	// validators differ here, they do not see the same miner.
	Calibration []Calibration `json:"calibration,omitempty"`
	// Weights is whether the row could be computed again: not when answers are missing that comparisons need.
	Weights bool `json:"weights"`
	// Differences, at most maxDifferences; Found is how many there are.
	Differences []Difference `json:"differences"`
	Found       int          `json:"differences_found"`
}

// Calibration is the mean of a miner's scores on the questions for calibration.
type Calibration struct {
	MinerID uint64 `json:"miner_id"`
	Items   int    `json:"items"`
	Score   int64  `json:"score"`
}

// maxDifferences bounds a report.
const maxDifferences = 50

// replay is one run.
type replay struct {
	program *benchmark.Program
	log     *evidence.Log
	context evidence.Context
	facts   Facts
	report  Report
	sheets  []benchmark.Sheet
	// shared are the questions that were drawn last.
	shared []benchmark.Task
	// partial says that the scores of single scorers are not known for some answer.
	partial bool
}

// Run draws every question again, scores every kept answer again, checks every receipt, and makes standings and weights
// again. The program must be that of the version which the evidence names. It fails only when that cannot be run here, or
// when it is another one; everything else is a difference.
func Run(ctx context.Context, program *benchmark.Program, log *evidence.Log, facts Facts) (Report, error) {
	r := &replay{program: program, log: log, context: log.Context(), facts: facts}
	r.report = Report{Items: log.Len(), Reasons: map[string]int{}, Differences: []Difference{}}
	if r.context.SpecDigest != program.Digest() {
		return Report{}, fmt.Errorf("the evidence is of the benchmark with digest %x, this is %x", r.context.SpecDigest, program.Digest())
	}
	r.compareEpoch()
	r.compareMiners()
	if err := r.compareBefore(); err != nil {
		return Report{}, err
	}
	items := r.itemsByMiner()
	for _, miner := range r.context.Miners {
		if err := r.miner(ctx, miner, items[miner.ID]); err != nil {
			return Report{}, err
		}
	}
	return r.report, r.row()
}

func (r *replay) differ(d Difference) {
	if r.report.Found++; r.report.Found <= maxDifferences {
		r.report.Differences = append(r.report.Differences, d)
	}
}

// compare notes a difference of two values.
func compare[T comparable](r *replay, d Difference, recorded, recomputed T) {
	if recorded != recomputed {
		d.Recorded, d.Recomputed = show(recorded), show(recomputed)
		r.differ(d)
	}
}

func show[T comparable](value T) string {
	switch value := any(value).(type) {
	case [32]byte:
		return fmt.Sprintf("%x", value)
	case string:
		return strconv.Quote(value)
	case evidence.Outcome:
		return outcomeNames[value]
	default:
		return fmt.Sprint(value)
	}
}

var outcomeNames = map[evidence.Outcome]string{
	evidence.OutcomeAbstained: "abstained", evidence.OutcomeScored: "scored", evidence.OutcomeUnanswered: "unanswered",
}

// compareEpoch holds the context to what the chain says.
func (r *replay) compareEpoch() {
	if row := r.facts.Row; row != nil {
		r.report.OnChain = true
		if root := r.log.Root(); !bytes.Equal(root[:], row.EvidenceRoot) {
			r.differ(Difference{What: "evidence root on the chain", Recorded: fmt.Sprintf("%x", row.EvidenceRoot), Recomputed: fmt.Sprintf("%x", root)})
		}
		compare(r, Difference{What: "number of items on the chain"}, row.Items, uint64(r.log.Len())) //nolint:gosec // a length
		compare(r, Difference{What: "version of the benchmark on the chain"}, row.BenchmarkVersion, r.log.Header().Version)
	}
	epoch := r.facts.Epoch
	if epoch == nil {
		return
	}
	r.report.OfEpoch = true
	compare(r, Difference{What: "version of the benchmark"}, r.log.Header().Version, versionIn(epoch, r.log.Header().Benchmark))
	if !bytes.Equal(epoch.Beacon, r.context.Beacon[:]) {
		r.differ(Difference{What: "beacon", Recorded: fmt.Sprintf("%x", r.context.Beacon), Recomputed: fmt.Sprintf("%x", epoch.Beacon)})
	}
	compare(r, Difference{What: "first block"}, r.context.StartHeight, uint64(max(epoch.StartHeight, 0))) //nolint:gosec // not below 0
	if !epoch.Abandoned {                                                                                 // a pause moves the end
		compare(r, Difference{What: "length in blocks"}, r.context.Blocks, uint64(max(epoch.EndHeight-epoch.StartHeight+1, 1))) //nolint:gosec // not below 0
	}
	compare(r, Difference{What: "validators that share the questions"}, fmt.Sprint(r.context.Validators), fmt.Sprint(Sharers(*epoch, r.log.Header().Benchmark)))
}

// versionIn is the version of a benchmark that is scored in an epoch, 0 for none.
func versionIn(epoch *subnettypes.Epoch, number uint32) uint32 {
	for _, scored := range epoch.Benchmarks {
		if scored.Benchmark == number {
			return scored.Version
		}
	}
	return 0
}

// compareMiners holds the miners of the context to those that are registered: none may be left out that was there when
// the epoch began, and a receipt proves nothing unless its key is the miner's own.
func (r *replay) compareMiners() {
	for i := range r.facts.Miners {
		miner := &r.facts.Miners[i]
		since := uint64(max(miner.RegisteredHeight, 0)) //nolint:gosec // not below 0
		recorded, found := r.context.Miner(miner.MinerId)
		about := Difference{Miner: &miner.MinerId, What: "miner"}
		if !found {
			if since <= r.context.StartHeight {
				about.Recorded, about.Recomputed = "not measured", fmt.Sprintf("registered since block %d", since)
				r.differ(about)
			}
			continue
		}
		about.What = "block of registration"
		compare(r, about, recorded.Since, since)
		if changed := uint64(max(miner.HotkeyHeight, 0)); changed <= r.context.StartHeight { //nolint:gosec // not below 0
			about.What = "hotkey"
			compare(r, about, recorded.Hotkey, miner.Hotkey)
		}
	}
}

// Sharers are the hotkeys that share the questions of a benchmark in an epoch, ascending: those that count on it.
func Sharers(epoch subnettypes.Epoch, number uint32) []string {
	var hotkeys []string
	for _, permit := range epoch.Permits {
		if slices.Contains(permit.ActiveOn, number) {
			hotkeys = append(hotkeys, permit.Hotkey)
		}
	}
	slices.Sort(hotkeys)
	return slices.Compact(hotkeys)
}

func (r *replay) itemsByMiner() map[uint64][]evidence.Entry {
	items := make(map[uint64][]evidence.Entry, len(r.context.Miners))
	for i := range r.log.Len() {
		entry := r.log.Entry(i)
		items[entry.Item.MinerID] = append(items[entry.Item.MinerID], entry)
	}
	return items
}

// miner draws and scores the items of one miner, in the order of their index.
func (r *replay) miner(ctx context.Context, miner evidence.Miner, items []evidence.Entry) error {
	tasks, err := r.draw(ctx, miner.ID)
	if err != nil {
		return fmt.Errorf("draw the questions of miner %d again: %w", miner.ID, err)
	}
	compare(r, Difference{Miner: &miner.ID, What: "number of items"}, len(items), len(tasks))
	sheet := benchmark.Sheet{MinerID: miner.ID, Since: miner.Since}
	scoring := scoring{batch: r.program.Batch()}
	defer scoring.batch.Close()
	for i := range items {
		at := slices.IndexFunc(tasks, func(task benchmark.Task) bool { return task.Index == items[i].Item.Index })
		if at < 0 {
			r.differ(Difference{Miner: &miner.ID, Item: &items[i].Item.Index, What: "item", Recorded: "asked", Recomputed: "not drawn for this validator"})
			continue
		}
		sheet.Answers = append(sheet.Answers, r.item(ctx, &scoring, miner, &tasks[at], items[i]))
	}
	r.calibrate(sheet)
	r.sheets = append(r.sheets, sheet)
	return nil
}

// draw the questions of a miner; where all are asked the same, once.
func (r *replay) draw(ctx context.Context, miner uint64) (tasks []benchmark.Task, err error) {
	if r.program.Shared() && r.shared != nil {
		return r.shared, nil
	}
	header := r.log.Header()
	tasks, err = r.program.Draw(ctx, benchmark.Seed{
		ChainID: header.ChainID, Netuid: header.Netuid, Benchmark: header.Benchmark, Version: header.Version,
		Epoch: header.Epoch, MinerID: miner, Beacon: r.context.Beacon, Secret: r.context.Secret,
	}, benchmark.Share{Validators: r.context.Validators, Self: header.Hotkey})
	r.shared = tasks
	return tasks, err
}

// scoring is that of one miner.
type scoring struct {
	batch *benchmark.Batch
	// blind says that a scorer which may remember answers was not shown one of them.
	blind bool
}

// calibrate notes what a miner reached where all validators ask the same.
func (r *replay) calibrate(sheet benchmark.Sheet) {
	calibration := Calibration{MinerID: sheet.MinerID}
	var sum int64
	for _, answer := range sheet.Answers {
		if answer.Item < r.program.Spec().Sampling.CalibrationItems && answer.Outcome != benchmark.OutcomeAbstained {
			calibration.Items++
			sum += answer.Score
		}
	}
	if calibration.Items > 0 {
		calibration.Score = sum / int64(calibration.Items)
		r.report.Calibration = append(r.report.Calibration, calibration)
	}
}

// item holds one item to what comes out here, which it returns.
func (r *replay) item(ctx context.Context, scoring *scoring, miner evidence.Miner, task *benchmark.Task, entry evidence.Entry) benchmark.ItemResult {
	item := entry.Item
	about := func(what string) Difference { return Difference{Miner: &miner.ID, Item: &item.Index, What: what} }
	recorded := benchmark.ItemResult{Item: task.Item, Outcome: benchmark.Outcome(item.Outcome), Score: item.Score}
	if item.Reason != "" {
		r.report.Reasons[item.Reason]++
	}
	if item.Outcome == evidence.OutcomeAbstained {
		r.report.Abstained++
	}
	r.report.Drawn++
	compare(r, about("seed"), item.Seed, task.Seed)
	var question [32]byte
	if task.Fault == nil {
		question, _ = task.Question.Digest() // what was drawn is valid
	}
	compare(r, about("question"), item.Question, question)
	if task.Fault != nil {
		compare(r, about("reason"), item.Reason, string(task.Fault.Reason))
		compare(r, about("outcome"), item.Outcome, evidence.OutcomeAbstained)
		return benchmark.ItemResult{Item: task.Item}
	}
	r.receipt(about, miner, task, item)
	if !answered(item) {
		compare(r, about("outcome"), item.Outcome, silence(ask.Reason(item.Reason)))
		if ask.Reason(item.Reason) == ask.ReasonNotAnAnswer && entry.Output != nil {
			if _, _, err := ask.Completion(entry.Output); err == nil {
				compare(r, about("reason"), item.Reason, "")
			}
		}
		return recorded
	}
	if scoring.blind = scoring.blind || entry.Output == nil && r.program.Ordered(); scoring.blind || entry.Output == nil {
		r.report.Unkept++
		if item.Reason == "" {
			compare(r, about("outcome"), item.Outcome, evidence.OutcomeScored)
		} else {
			compare(r, about("score"), item.Score, 0)
		}
		r.partial = r.partial || item.Outcome == evidence.OutcomeScored
		return recorded
	}
	completion, tokens, err := ask.Completion(entry.Output)
	if err != nil {
		r.differ(Difference{Miner: &miner.ID, Item: &item.Index, What: "outcome", Recorded: show(item.Outcome), Recomputed: "not an answer: " + err.Error()})
		return recorded
	}
	tokens = task.Request.CountTokens(tokens, completion)
	compare(r, about("tokens"), item.Tokens, tokens)
	// The latency is the validator's own measurement; with it the score must come out.
	verdict := scoring.batch.Score(ctx, task, benchmark.Answer{Completion: completion, LatencyMs: item.LatencyMs, Tokens: tokens})
	r.report.Rescored++
	compare(r, about("outcome"), item.Outcome, evidence.Outcome(verdict.Outcome))
	compare(r, about("reason"), item.Reason, string(verdict.Reason))
	if away := item.Score - verdict.Score; max(away, -away) > r.program.Tolerance() {
		compare(r, about("score"), item.Score, verdict.Score)
	} else {
		verdict.Score = item.Score
	}
	return verdict.Result(task)
}

// answered tells whether there was an answer that was scored, or should have been. Without a reason there was.
func answered(item evidence.Item) bool {
	switch ask.Reason(item.Reason) {
	case ask.ReasonNoEndpoint, ask.ReasonUnreachable, ask.ReasonLate, ask.ReasonTooLarge, ask.ReasonBadReceipt,
		ask.ReasonRefused, ask.ReasonNotAnAnswer, ask.ReasonStopped, ask.ReasonInternal:
		return false
	default:
		return true // a scorer failed
	}
}

// silence is the outcome that goes with the reason for which there is no answer. Why there is none only the validator
// knows, but it must not make a score of it, nor blame the miner for its own trouble.
func silence(reason ask.Reason) evidence.Outcome {
	if (ask.Answer{Reason: reason}).Mine() {
		return evidence.OutcomeAbstained
	}
	return evidence.OutcomeUnanswered
}

// receipt checks what the miner was asked, and that it signed this response to it.
func (r *replay) receipt(about func(string) Difference, miner evidence.Miner, task *benchmark.Task, item evidence.Item) {
	d := about("receipt")
	body, err := ask.RequestBody(miner.Model, *task)
	if err != nil {
		d.Recorded, d.Recomputed = "kept", err.Error()
		r.differ(d)
		return
	}
	input := wire.BodyDigest(body)
	if answered(item) || item.Input != [32]byte{} {
		compare(r, about("input"), item.Input, [32]byte(input))
	}
	if len(item.Receipt) == 0 {
		if answered(item) {
			d.Recorded, d.Recomputed = "none", "one is needed for a score"
			r.differ(d)
		}
		return
	}
	r.report.Receipts++
	header := r.log.Header()
	request := wire.Request{
		ChainID: header.ChainID, Netuid: header.Netuid, Method: http.MethodPost, Target: item.Request.Base + ask.Path(*task), Body: input,
		Nonce:  wire.Nonce{Millis: item.Request.Millis, Random: item.Request.Nonce},
		Sender: header.Hotkey, Receiver: miner.Hotkey, Epoch: header.Epoch,
	}
	receipt, err := wire.ParseReceipt(string(item.Receipt))
	if err == nil {
		err = receipt.Verify(miner.Hotkey, request.Digest(), wire.Digest(item.Output))
	}
	if err == nil && !fits(receipt.Status, item) {
		err = fmt.Errorf("it is for status %d", receipt.Status)
	}
	if err != nil {
		d.Recorded, d.Recomputed = "kept", err.Error()
		r.differ(d)
	}
}

// fits tells whether what is said of an item may have come with a status. A question that was refused at first and then
// given up keeps the receipt of its refusal.
func fits(status int, item evidence.Item) bool {
	success := status >= 200 && status < 300
	switch reason := ask.Reason(item.Reason); {
	case answered(item), reason == ask.ReasonNotAnAnswer:
		return success
	case reason == ask.ReasonRefused:
		return !success
	default:
		return true
	}
}

// row makes standings and weights again and compares the weights with those on the chain.
func (r *replay) row() error {
	s := r.program.Spec()
	if r.partial && r.program.ComparesParts() {
		return nil // what single scorers gave is not known of answers that were not kept
	}
	results, err := benchmark.Tally(s, r.sheets)
	if err != nil {
		return err
	}
	scores := make([]int64, len(results))
	for i, miner := range r.context.Miners {
		before := standingOf(miner)
		after, err := before.Advance(s, r.log.Header().Epoch, r.context.StartHeight, r.context.Blocks, results[i])
		if err != nil {
			r.differ(Difference{Miner: &miner.ID, What: "standing before the epoch", Recorded: fmt.Sprintf("at epoch %d", before.Epoch), Recomputed: err.Error()})
		}
		scores[i] = after.Score
	}
	r.report.Weights = true
	if r.facts.Row == nil {
		return nil
	}
	onChain := make(map[uint64]uint32, len(r.facts.Row.MinerIds))
	for i, id := range r.facts.Row.MinerIds {
		if i < len(r.facts.Row.Weights) {
			onChain[id] = r.facts.Row.Weights[i]
		}
	}
	weights := benchmark.Weights(s, scores)
	for i, miner := range r.context.Miners {
		var weight uint32
		if weights != nil {
			weight = uint32(weights[i])
		}
		compare(r, Difference{Miner: &miner.ID, What: "weight on the chain"}, onChain[miner.ID], weight)
		delete(onChain, miner.ID)
	}
	for _, id := range r.facts.Row.MinerIds {
		if weight, left := onChain[id]; left {
			compare(r, Difference{Miner: &id, What: "weight on the chain"}, weight, 0)
		}
	}
	return nil
}
