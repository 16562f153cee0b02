package validator

import (
	"encoding/hex"
	"errors"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/store"
	"github.com/agora-network/agora/wire"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func TestEveryEpochIsAskedCommittedRevealedAndReadBack(t *testing.T) {
	b := newBench(t)
	good, bad := startMiner(t, b.chain, honest), startMiner(t, b.chain, guessing)
	b.until(10)
	row := b.row(0)
	require.Equal(t, store.StageCommitted, row.Stage)
	require.Equal(t, []uint64{1}, row.MinerIDs)
	require.Equal(t, []uint32{65535}, row.Weights)
	require.Equal(t, uint64(10), row.Items)
	require.EqualValues(t, 5, good.asked.Load())
	require.EqualValues(t, 5, bad.asked.Load())
	require.LessOrEqual(t, row.CommitHeight, int64(8), "three quarters into the epoch")
	require.Equal(t, PhaseWait, b.runner.snapshot().Phase)

	b.until(11)
	require.Equal(t, store.StageRevealed, b.row(0).Stage)
	require.Equal(t, row.Root, b.shown(0).EvidenceRoot)
	b.until(40)
	for epoch := range uint64(3) {
		require.Equal(t, store.StageRevealed, b.row(epoch+0).Stage)
	}
	require.Equal(t, 4, b.chain.count("commit"), "nothing is sent twice")
	require.Equal(t, 3, b.chain.count("reveal"))
	require.Empty(t, b.runner.snapshot().unready())
}

func TestTheEvidenceOnDiskIsWhatTheRootOnTheChainSays(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	startMiner(t, b.chain, hanging)
	b.until(11)
	row := b.row(0)
	blobs, err := evidence.OpenStore(filepath.Join(b.dir, "evidence"), 3)
	require.NoError(t, err)
	digest, err := hex.DecodeString(row.Evidence)
	require.NoError(t, err)
	blob, err := blobs.Get([32]byte(digest))
	require.NoError(t, err)
	log, err := evidence.DecodeLog(blob)
	require.NoError(t, err)
	root := log.Root()
	require.Equal(t, b.shown(0).EvidenceRoot, root[:])
	require.EqualValues(t, b.shown(0).Items, log.Len())
	answered := log.Entry(0)
	require.Equal(t, evidence.OutcomeScored, answered.Item.Outcome)
	require.NotEmpty(t, answered.Output)
	receipt, err := wire.ParseReceipt(string(answered.Item.Receipt))
	require.NoError(t, err)
	signer, err := receipt.Signer()
	require.NoError(t, err)
	require.Equal(t, b.chain.miners[0].Hotkey, signer)
	silent := log.Entry(log.Len() - 1)
	require.Equal(t, evidence.OutcomeUnanswered, silent.Item.Outcome)
	require.NotZero(t, silent.Item.Input)
}

func TestAnEpochReplaysWhateverItsMinersDid(t *testing.T) {
	b := newBench(t)
	for _, behave := range []behaviour{honest, guessing, honest, garbage, otherJSON, hanging, hundredMegabytes, refusing(wire.CodeNotPermitted), refusing(wire.CodeOverloaded)} {
		startMiner(t, b.chain, behave)
	}
	startImpostor(t, b.chain, newSigner(t))
	b.chain.change(func() {
		b.chain.miners[1].Endpoints[0] += "/"
		b.chain.miners[2].Endpoints[0] += "/gpu 1/é"
		b.chain.miners[2].Capabilities.Model = "tiny é <1>"
	})
	b.until(11)
	require.Equal(t, []uint64{1, 3}, b.row(0).MinerIDs)
	report, log := b.replayed(0, 0, benchmark.Env{}), b.logOf(0, 0)
	require.Empty(t, report.Differences)
	require.Equal(t, log.Len(), report.Items)
	require.GreaterOrEqual(t, report.Receipts, 35, "of answers, of what is none, and of refusals")
	item := log.Entry(2 * log.Len() / len(b.chain.miners)).Item
	require.EqualValues(t, 3, item.MinerID)
	require.Equal(t, "/gpu%201/%C3%A9", item.Request.Base)
	require.NotZero(t, item.Request.Millis)
}

func TestHostileMinersScoreNothingWithAReasonAndDisturbNobody(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	want := []ask.Reason{ask.ReasonNone}
	for _, hostile := range []struct {
		behave behaviour
		reason ask.Reason
	}{
		{garbage, ask.ReasonNotAnAnswer},
		{otherJSON, ask.ReasonNotAnAnswer},
		{hanging, ask.ReasonLate},
		{hundredMegabytes, ask.ReasonTooLarge},
		{refusing(wire.CodeNotPermitted), ask.ReasonRefused},
		{refusing(wire.CodeOverloaded), ask.ReasonRefused},
	} {
		startMiner(t, b.chain, hostile.behave)
		want = append(want, hostile.reason)
	}
	startImpostor(t, b.chain, newSigner(t))
	startImpostor(t, b.chain, nil)
	want = append(want, ask.ReasonBadReceipt, ask.ReasonBadReceipt)
	for _, endpoints := range [][]string{nil, {"http://127.0.0.1:1"}, {"gopher://x"}, {"http://127.0.0.1:1", "http://[::1]:1"}} {
		b.chain.change(func() {
			next := uint64(len(b.chain.miners)) + 1
			b.chain.miners = append(b.chain.miners, subnettypes.Miner{Netuid: testNetuid, Uid: uint32(next), MinerId: next, Hotkey: newSigner(t).Address(), Endpoints: endpoints})
		})
	}
	want = append(want, ask.ReasonNoEndpoint, ask.ReasonUnreachable, ask.ReasonNoEndpoint, ask.ReasonUnreachable)
	b.until(11)
	row := b.row(0)
	require.Equal(t, store.StageRevealed, row.Stage)
	require.Equal(t, []uint64{1}, row.MinerIDs)
	require.Len(t, row.Miners, len(want))
	for i, miner := range row.Miners {
		require.Equal(t, string(want[i]), miner.Reason, "miner %d", miner.MinerID)
		if i > 0 {
			require.Zero(t, miner.Standing)
			require.Equal(t, 5, miner.Unanswered)
		}
	}
}

func TestAMinerThatFallsSilentIsAtZeroAtOnceAndRecovers(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	fickle := startMiner(t, b.chain, honest)
	b.until(10)
	require.Equal(t, []uint64{1, 2}, b.row(0).MinerIDs)
	fickle.become(refusing(wire.CodeDraining))
	b.until(20)
	require.Equal(t, []uint64{1}, b.row(1).MinerIDs)
	fickle.become(honest)
	b.until(30)
	require.Equal(t, []uint64{1, 2}, b.row(2).MinerIDs)
}

func TestAMinerThatAsksForAnotherTryGetsIt(t *testing.T) {
	b := newBench(t)
	tries := 0
	startMiner(t, b.chain, nil).become(func(w http.ResponseWriter, r *http.Request, prompt string) {
		if tries++; tries%2 == 1 {
			refusing(wire.CodePermitsUnavailable)(w, r, prompt)
			return
		}
		honest(w, r, prompt)
	})
	b.until(9)
	require.Equal(t, 5, b.row(0).Miners[0].Scored)
}

func TestKilledBetweenCommitAndRevealItRevealsAfterTheRestart(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(10)
	committed := b.row(0)
	b.restart()
	b.until(11)
	require.Equal(t, store.StageRevealed, b.row(0).Stage)
	require.Equal(t, committed.Salt, b.row(0).Salt)
	require.Equal(t, committed.Root, b.shown(0).EvidenceRoot)
}

func TestKilledAfterSealingItCommitsTheSameRowAfterTheRestart(t *testing.T) {
	b := newBench(t)
	miner := startMiner(t, b.chain, honest)
	b.chain.refuse = func(string, uint32) error { return errors.New("mempool is full") }
	b.until(8)
	sealed := b.row(0)
	require.Equal(t, store.StageSealed, sealed.Stage)
	asked := miner.asked.Load()
	b.restart()
	b.chain.refuse = nil
	b.until(9)
	require.Equal(t, asked, miner.asked.Load(), "nobody is asked again")
	require.Equal(t, store.StageCommitted, b.row(0).Stage)
	require.Equal(t, sealed.Hash, b.row(0).Hash)
}

func TestACommitThatWasSentButNotRecordedIsFoundOnTheChain(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.chain.loseAnswers = true
	b.until(8)
	require.Equal(t, 1, b.chain.count("commit"))
	t.Run("by the running process", func(t *testing.T) {
		b.until(9)
		require.Equal(t, 1, b.chain.count("commit"), "it is not sent again")
		require.Equal(t, store.StageCommitted, b.row(0).Stage)
	})
	t.Run("and by one that was started after the epoch", func(t *testing.T) {
		_, err := b.store.Update(b.row(0).Key, func(row *store.Round) { row.Stage, row.CommitHeight = store.StageSealed, 0 })
		require.NoError(t, err)
		b.until(10)
		b.restart()
		b.until(11)
		require.Equal(t, 1, b.chain.count("reveal"))
		b.until(12)
		require.Equal(t, 1, b.chain.count("reveal"), "a reveal whose answer was lost is not repeated either")
		require.Equal(t, store.StageRevealed, b.row(0).Stage)
	})
}

func TestKilledWhileAskingItAsksAgainIfThereIsTime(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(3)
	b.restart()
	b.until(10)
	require.Equal(t, store.StageCommitted, b.row(0).Stage)
	b.until(13)
	b.restart()
	b.chain.change(func() { b.chain.height = 17 })
	b.until(18)
	require.Equal(t, PhaseMissed, b.runner.snapshot().Phase, "there is none")
}

func TestARefusedCommitIsSentAgainWhileTheEpochLasts(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	tries := 0
	b.chain.refuse = func(string, uint32) error {
		if tries++; tries < 3 {
			return errors.New("mempool is full")
		}
		return nil
	}
	b.until(7)
	require.Contains(t, b.runner.snapshot().Note, "mempool is full")
	b.until(10)
	require.Equal(t, store.StageCommitted, b.row(0).Stage)
	require.Equal(t, 3, tries)
}

func TestACommitThatIsRefusedForGoodIsNotRepeatedAndTheNextEpochGoesOn(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.chain.refuse = func(string, uint32) error { return ErrClosed }
	b.until(10)
	require.Equal(t, 1, b.chain.count("commit"))
	require.Equal(t, store.StageMissed, b.row(0).Stage)
	require.Contains(t, b.runner.snapshot().unready(), "refused for good")
	b.chain.refuse = nil
	b.until(20)
	require.Equal(t, store.StageCommitted, b.row(1).Stage)
	require.Empty(t, b.runner.snapshot().unready())
}

func TestAForeignCommitOfTheSameHotkeyIsNamed(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(3)
	_, err := b.chain.Commit(t.Context(), &subnettypes.MsgCommitScores{Hotkey: b.signer.Address(), Netuid: testNetuid, Epoch: 0, BenchmarkVersion: 1, Hash: make([]byte, 32)})
	require.NoError(t, err)
	b.until(10)
	require.Equal(t, store.StageRefused, b.row(0).Stage)
	require.Contains(t, b.row(0).Reason, "another validator process uses this hotkey")
	b.until(13)
	require.Zero(t, b.chain.count("reveal"))
}

func TestTheChainMayGoAwayAndComeBack(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	away := errors.New("no chain endpoint can be used")
	for _, step := range []struct {
		until int64
		err   error
	}{{6, nil}, {8, away}, {10, nil}, {12, away}, {20, nil}} {
		b.chain.change(func() { b.chain.away = step.err })
		b.until(step.until)
	}
	require.Equal(t, store.StageRevealed, b.row(0).Stage)
	require.Equal(t, store.StageCommitted, b.row(1).Stage)
}

func TestAnEpochThatWasSleptThroughIsSkippedAndItsRowMarked(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(10)
	b.chain.change(func() { b.chain.height = 30 }) // epochs 1 and 2 pass without us
	b.until(31)
	require.Equal(t, store.StageMissed, b.row(0).Stage)
	require.Contains(t, b.row(0).Reason, "did not run")
	require.Contains(t, b.runner.snapshot().unready(), "no commit has been read back yet")
	b.until(40)
	require.Equal(t, store.StageCommitted, b.row(3).Stage)
}

func TestALateStartWaitsForTheNextEpoch(t *testing.T) {
	b := newBench(t)
	miner := startMiner(t, b.chain, honest)
	b.chain.height = 6
	b.until(10)
	require.Zero(t, miner.asked.Load())
	require.Equal(t, PhaseMissed, b.runner.snapshot().Phase)
	b.until(20)
	require.Equal(t, store.StageCommitted, b.row(1).Stage)
}

func TestAnotherBenchmarkVersionIsUsedFromItsEpochOn(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	second := parseSpec(t, testSpec)
	second.Sampling.ItemsPerMiner = 9
	b.chain.publish(t, 0, 2, second)
	b.chain.scored = func(epoch uint64) []subnettypes.EpochBenchmark {
		return []subnettypes.EpochBenchmark{{Version: uint32(min(epoch, 1)) + 1, ShareBp: 10_000}}
	}
	b.until(21)
	require.Equal(t, uint64(5), b.shown(0).Items)
	require.Equal(t, uint64(9), b.shown(1).Items)
	require.Equal(t, uint32(2), b.shown(1).BenchmarkVersion)
}

func TestASpecThatIsNotWhatItsDigestSaysIsNotUsed(t *testing.T) {
	b := newBench(t)
	miner := startMiner(t, b.chain, honest)
	genuine := b.chain.versions[specKey{0, 1}]
	forged := genuine
	forged.Digest = make([]byte, 32)
	b.chain.versions[specKey{0, 1}] = forged
	b.until(3)
	require.Zero(t, miner.asked.Load())
	require.Contains(t, b.runner.snapshot().Note, "not to be trusted")
	b.chain.versions[specKey{0, 1}] = genuine
	b.until(10)
	require.Equal(t, store.StageCommitted, b.row(0).Stage, "another endpoint gave the genuine one in time")
}

func TestAWrongClockAsksNobodyAndSaysSo(t *testing.T) {
	b := newBench(t)
	miner := startMiner(t, b.chain, honest)
	right := b.now
	b.now = func() time.Time { return right().Add(time.Minute) }
	b.until(3)
	require.Zero(t, miner.asked.Load())
	require.Contains(t, b.runner.snapshot().Note, "set it (NTP)")
	b.now = right
	b.until(10)
	require.Equal(t, store.StageCommitted, b.row(0).Stage, "once it is set, the epoch goes on")
	b.now = func() time.Time { return right().Add(-time.Minute) }
	b.until(20)
	require.Equal(t, PhaseMissed, b.runner.snapshot().Phase)
	require.Contains(t, b.runner.snapshot().unready(), "NTP")
}

func TestWithoutAPermitNothingIsAsked(t *testing.T) {
	b := newBench(t)
	miner := startMiner(t, b.chain, honest)
	permits := b.chain.permits
	b.chain.permits = nil
	b.until(10)
	require.Zero(t, miner.asked.Load())
	require.Equal(t, PhaseNoPermit, b.runner.snapshot().Phase)
	b.chain.permits = permits
	b.until(20)
	require.Equal(t, store.StageCommitted, b.row(1).Stage)
}

func TestWhenNobodyDeservesAnythingTheRowIsEmptyAndStillRevealed(t *testing.T) {
	for name, prepare := range map[string]func(b *bench){
		"there is no miner":           func(*bench) {},
		"nobody is above the bar":     func(b *bench) { startMiner(b.t, b.chain, guessing) },
		"the only miner never served": func(b *bench) { startMiner(b.t, b.chain, honest); b.chain.miners[0].Endpoints = nil },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			prepare(b)
			b.until(11)
			require.Equal(t, store.StageRevealed, b.row(0).Stage)
			require.Empty(t, b.shown(0).MinerIds)
		})
	}
}

func TestAMinerThatIsReplacedBeforeTheRevealIsLeftOutThere(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	startMiner(t, b.chain, honest)
	b.until(10)
	b.chain.change(func() { b.chain.miners = b.chain.miners[1:] })
	b.until(11)
	require.Equal(t, store.StageRevealed, b.row(0).Stage)
	require.Equal(t, []uint64{2}, b.shown(0).MinerIds)
}

func TestAResetChainWithTheSameNameStartsFromNothing(t *testing.T) {
	for name, reset := range map[string]int64{"to an earlier epoch": 0, "to the same epoch": 30} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			startMiner(t, b.chain, honest)
			b.until(40)
			b.chain.change(func() {
				b.chain.height, b.chain.history = reset, 1
				clear(b.chain.commits)
				clear(b.chain.rows)
			})
			b.restart()
			b.until(reset + 10)
			row := b.row(uint64(reset / 10))
			require.Equal(t, store.StageCommitted, row.Stage)
			require.Equal(t, b.runner.epoch.Beacon, row.Beacon)
		})
	}
}

func TestADryRunScoresAndSendsNothing(t *testing.T) {
	b := newBench(t)
	b.dryRun = true
	b.restart()
	startMiner(t, b.chain, honest)
	b.until(25)
	require.Zero(t, b.chain.count("commit")+b.chain.count("reveal"))
	require.Equal(t, []uint64{1}, b.row(1).MinerIDs)
	require.True(t, b.row(1).DryRun)
}

func TestOldRowsAndEvidenceAreRemoved(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(101)
	rows, err := b.store.Rounds(testNetuid, b.signer.Address(), 100)
	require.NoError(t, err)
	require.Len(t, rows, 3)
	blobs, err := filepath.Glob(filepath.Join(b.dir, "evidence", "blobs", "*", "*"))
	require.NoError(t, err)
	require.LessOrEqual(t, len(blobs), 4)
}

func TestABlockThatIsMissedLosesNoQuestion(t *testing.T) {
	b := newBench(t)
	miner := startMiner(t, b.chain, honest)
	b.until(2)
	b.chain.change(func() { b.chain.height = 5 }) // blocks 3 to 5 were not delivered
	b.until(10)
	require.EqualValues(t, 5, miner.asked.Load())
	require.Equal(t, 5, b.row(0).Miners[0].Scored)
}
