package localnet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/localnet/view"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	// shareUnit is what the chain's trust, dividends and incentives are shares of.
	shareUnit = 1_000_000_000
	// maxWeight is the weight of the best miner of a row.
	maxWeight = 65_535
	// refreshBlocks is how often everything is read again although no epoch
	// closed: miners may have published something new.
	refreshBlocks = 5
)

// watch reads the chain after every block and shows it, until ctx ends.
func (n *network) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go n.warnOfStalls(ctx)
	err := n.client.Follow(ctx, chainclient.FollowOptions{OnTrouble: n.trouble}, func(ctx context.Context, block chainclient.FollowedBlock) error {
		if !block.Newest {
			return nil
		}
		n.update(func(s *view.Snapshot) {
			s.Height, s.BlockTime, s.BlockSeconds = block.Height, block.Time, n.client.BlockInterval().Seconds()
		})
		// What could not be read is read again a block later; until then it is shown as it was.
		n.trouble(n.read(ctx, block.Height))
		n.redraw()
		return ctx.Err()
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// stallPatience is for how many block times, with a few seconds on top, a network
// may be without a block before it is said.
const stallPatience = 5

// stall says since when there is no block, or "" while blocks come.
func (n *network) stall(last time.Time) string {
	since := time.Since(last).Truncate(time.Second)
	if since < stallPatience*(n.plan.Settings.BlockTime+time.Second) {
		return ""
	}
	return fmt.Sprintf("no block for %s: more than two thirds of the nodes must run", since)
}

// warnOfStalls says once per stall that no block comes: the table is only drawn after blocks.
func (n *network) warnOfStalls(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for warned := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s := n.snap()
		switch stall := n.stall(s.BlockTime); {
		case stall == "":
			warned = false
		case !warned:
			warned = true
			n.say("%s", stall)
			n.redraw()
		}
	}
}

// trouble notes why the chain cannot be read, or that it can be again.
func (n *network) trouble(err error) {
	n.update(func(s *view.Snapshot) {
		s.Error = ""
		if err != nil {
			s.Error = err.Error()
		}
	})
}

func (n *network) redraw() {
	s := n.snap()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.screen.Show(&s)
}

// read takes what the block at height changed into the snapshot.
func (n *network) read(ctx context.Context, height int64) error {
	n.readNodes(ctx)
	subnet := n.client.Subnet(height)
	current, err := subnet.Epoch(ctx, &subnettypes.QueryEpochRequest{Netuid: netuid})
	if errors.Is(err, chainclient.ErrNotFound) {
		return nil // the block is from before the subnet's first epoch
	}
	if err != nil {
		return err
	}
	n.mu.Lock()
	before := n.snapshot.Epoch
	n.snapshot.Epoch.Started, n.snapshot.Epoch.Index, n.snapshot.Epoch.BlocksLeft = true, current.Epoch.Index, current.BlocksLeft
	if len(current.Epoch.Permits) > 0 { // there are none in the block between two epochs
		applyPermits(&n.snapshot, current.Epoch.Permits)
	}
	n.mu.Unlock()
	if before.Started && before.Index == current.Epoch.Index && height%refreshBlocks != 0 {
		return nil
	}
	miners, err := n.client.Miners(ctx, height, netuid)
	if err != nil {
		return err
	}
	records, err := n.client.ScoringRecords(ctx, height, netuid)
	if err != nil {
		return err
	}
	n.update(func(s *view.Snapshot) {
		applyMiners(s, miners)
		applyRecords(s, records)
	})
	for _, miner := range n.plan.Miners {
		accrued, err := n.client.Rewards(height).Accrued(ctx, &rewardstypes.QueryAccruedRequest{Owner: miner.OwnerAddress})
		if err != nil {
			return err
		}
		n.update(func(s *view.Snapshot) { applyAccrued(s, miner.OwnerAddress, accrued.Accrued) })
	}
	return n.readResult(ctx, height)
}

// readResult takes the last closed epoch into the snapshot and the ledger.
func (n *network) readResult(ctx context.Context, height int64) error {
	results, err := n.resultsAt(ctx, height)
	if err != nil || len(results) == 0 {
		return err
	}
	if err := n.ledger.count(results, func(height int64) (closing, error) { return n.resultsAt(ctx, height) }); err != nil {
		return err
	}
	rows := make([][]subnettypes.ScoreRow, len(results))
	for i := range results {
		if rows[i], err = n.paidRows(ctx, height, &results[i]); err != nil {
			return err
		}
	}
	elapsed := n.elapsed()
	n.update(func(s *view.Snapshot) {
		applyResults(s, results, n.ledger)
		applyRows(s, rows)
		if s.Timings.FirstPaid == 0 && slices.ContainsFunc(results, func(r rewardstypes.EpochResult) bool { return r.MinerAmount > 0 }) {
			s.Timings.FirstPaid = elapsed
		}
	})
	return nil
}

// paidRows reads the rows that a result rests on: those opened in its epoch, which score the one before.
func (n *network) paidRows(ctx context.Context, height int64, result *rewardstypes.EpochResult) ([]subnettypes.ScoreRow, error) {
	var rows []subnettypes.ScoreRow
	for _, validator := range result.Validators {
		if !validator.Revealed || result.Epoch == 0 {
			continue
		}
		row, found, err := n.client.Row(ctx, height, chainclient.Scores{
			Netuid: netuid, Epoch: result.Epoch - 1, Benchmark: result.Benchmark, Hotkey: validator.Hotkey,
		})
		if err != nil {
			return nil, err
		}
		if found {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// resultsAt reads the last closed epoch as of a height; none where none was closed.
func (n *network) resultsAt(ctx context.Context, height int64) (closing, error) {
	response, err := n.client.Rewards(height).EpochResult(ctx, &rewardstypes.QueryEpochResultRequest{Netuid: netuid})
	if errors.Is(err, chainclient.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return response.Results, nil
}

// nodePatience bounds the question of its height to a node, which may hang.
const nodePatience = 500 * time.Millisecond

func (n *network) readNodes(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, nodePatience)
	defer cancel()
	health := n.client.Health(ctx)
	n.update(func(s *view.Snapshot) {
		for i := range s.Nodes {
			if health[i].Height > 0 {
				s.Nodes[i].Height = health[i].Height
			}
			s.Nodes[i].CatchingUp = errors.Is(health[i].Err, chainclient.ErrCatchingUp) || errors.Is(health[i].Err, chainclient.ErrBehind)
		}
	})
}

func applyMiners(s *view.Snapshot, miners []subnettypes.Miner) {
	for i := range s.Miners {
		shown := &s.Miners[i]
		shown.Registered = false
		for _, miner := range miners {
			if miner.Hotkey == shown.Hotkey {
				shown.Registered, shown.UID, shown.MinerID, shown.Model = true, miner.Uid, miner.MinerId, miner.Capabilities.Model
			}
		}
	}
}

func applyPermits(s *view.Snapshot, permits []subnettypes.Permit) {
	for i := range s.Validators {
		shown := &s.Validators[i]
		shown.Power = 0
		for _, permit := range permits {
			if permit.Hotkey == shown.Hotkey {
				shown.Power = permit.Power
			}
		}
	}
}

// applyRecords gives every validator the sum of its records on all benchmarks.
func applyRecords(s *view.Snapshot, records []subnettypes.ScoringRecord) {
	for i := range s.Validators {
		shown := &s.Validators[i]
		shown.Commits, shown.Missed = 0, 0
		for _, record := range records {
			if record.Hotkey == shown.Hotkey {
				shown.Commits += record.Commits
				shown.Missed += record.MissedCommits + record.MissedReveals
			}
		}
	}
}

func applyAccrued(s *view.Snapshot, owner string, accrued []rewardstypes.AccruedAmount) {
	for i := range s.Miners {
		if s.Miners[i].Owner != owner {
			continue
		}
		s.Miners[i].Claimable = 0
		for _, amount := range accrued {
			if amount.Netuid == netuid {
				s.Miners[i].Claimable = amount.Amount.Amount.Uint64()
			}
		}
	}
}

// applyResults takes a closed epoch over: per benchmark, and for the subnet as a whole by the benchmarks' shares.
func applyResults(s *view.Snapshot, results closing, earned *ledger) {
	s.Epoch.Closed, s.Epoch.Paid = results.epoch()+1, 0
	s.Benchmarks = make([]view.Benchmark, len(results))
	for i, result := range results {
		s.Epoch.Paid += result.OwnerAmount + result.MinerAmount + result.ValidatorAmount
		s.Benchmarks[i] = view.Benchmark{Number: result.Benchmark, ShareBP: result.ShareBp}
	}
	for i := range s.Miners {
		shown := &s.Miners[i]
		shown.Incentive, shown.Benchmarks = 0, make([]view.Part, len(results))
		for b, result := range results {
			for j, id := range result.MinerIds {
				if shown.Registered && id == shown.MinerID && j < len(result.Incentives) {
					shown.Benchmarks[b].Incentive = float64(result.Incentives[j]) / shareUnit
				}
			}
			shown.Incentive += shown.Benchmarks[b].Incentive * s.Benchmarks[b].Share()
		}
		shown.Earned = earned.Miners[shown.MinerID]
	}
	for i := range s.Validators {
		shown := &s.Validators[i]
		shown.Trust, shown.Dividends, shown.Revealed = 0, 0, false
		revealed := 0
		for b, result := range results {
			for _, validator := range result.Validators {
				if validator.Hotkey == shown.Hotkey {
					shown.Trust += float64(validator.Trust) / shareUnit * s.Benchmarks[b].Share()
					shown.Dividends += float64(validator.Dividends) / shareUnit * s.Benchmarks[b].Share()
					if validator.Revealed {
						revealed++
					}
				}
			}
		}
		shown.Revealed = revealed == len(results)
		shown.Earned = earned.Validators[shown.Hotkey]
	}
}

// applyRows gives every miner the mean of its weights, where the best of a row has 1: per benchmark, and for the subnet as a
// whole by the benchmarks' shares. It comes after applyResults; rows has those of each of its benchmarks.
func applyRows(s *view.Snapshot, rows [][]subnettypes.ScoreRow) {
	for i := range s.Miners {
		shown := &s.Miners[i]
		shown.Score = 0
		for b, scores := range rows {
			shown.Benchmarks[b].Score = meanWeight(shown, scores)
			shown.Score += shown.Benchmarks[b].Score * s.Benchmarks[b].Share()
		}
	}
}

func meanWeight(miner *view.Miner, rows []subnettypes.ScoreRow) float64 {
	var sum uint64
	for _, row := range rows {
		for j, id := range row.MinerIds {
			if miner.Registered && id == miner.MinerID && j < len(row.Weights) {
				sum += uint64(row.Weights[j])
			}
		}
	}
	if len(rows) == 0 {
		return 0
	}
	return float64(sum) / float64(len(rows)) / maxWeight
}
