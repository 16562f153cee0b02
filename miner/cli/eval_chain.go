package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/internal/trial"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// market is what the chain says of the miners that a benchmark pays, and where the backends would rank among them.
type market struct {
	Netuid  uint32 `json:"netuid"`
	Number  uint32 `json:"benchmark"`
	Version uint32 `json:"version"`
	// Counting is the version that counts now; 0 when none does.
	Counting uint32 `json:"counting_version"`
	Height   int64  `json:"height"`
	// Epoch whose weights are compared; absent while none has been paid.
	Epoch *uint64 `json:"weights_of_epoch,omitempty"`
	// Price of a registration now, in uagora.
	Price uint64 `json:"registration_price"`
	// FreeSlots are taken before anybody is replaced; Replaced is the miner who would be.
	FreeSlots uint32  `json:"free_slots"`
	Replaced  *uint32 `json:"replaced_uid,omitempty"`
	// MinersPay is what the benchmark is on its way to pay all miners per epoch, in uagora.
	MinersPay uint64 `json:"miners_pay_per_epoch"`
	// Immune is for how many epochs a newcomer cannot be replaced.
	Immune   uint64           `json:"immune_epochs"`
	Rankings []*trial.Ranking `json:"rankings,omitempty"`
	Arrivals []arrival        `json:"arrivals,omitempty"`
	Notes    []string         `json:"notes,omitempty"`
}

// arrival is how the standing of a newcomer rises to its score.
type arrival struct {
	Backend string `json:"backend"`
	// Weighted is the first epoch, from 1, after which the standing is above the baseline; 0 when it never is.
	Weighted uint64 `json:"epochs_to_a_weight"`
	// Settled is after how many epochs it is within a twentieth of the score.
	Settled uint64 `json:"epochs_to_the_score"`
	// Immune is the standing when the immunity ends.
	Immune int64 `json:"standing_after_immunity"`
}

// readMarket reads, at the height of the source, what the ranking of a report needs. best is the standing of the best
// miner when it is known, else 0.
func readMarket(ctx context.Context, s *specSource, report *trial.Report, best int64) (*market, error) {
	m := &market{Netuid: s.netuid, Number: s.number, Version: s.version, Counting: s.counting, Height: s.height}
	if tempo := s.subnet.Params.Tempo; tempo > 0 {
		m.Immune = s.subnet.Params.ImmunityPeriod / tempo
	}
	query := s.chain.Subnet(s.height)
	price, err := query.RegistrationPrice(ctx, &subnettypes.QueryRegistrationPriceRequest{Netuid: s.netuid})
	if err != nil {
		return nil, fmt.Errorf("read the registration price of subnet %d: %w", s.netuid, err)
	}
	m.Price = price.Price
	if err := m.readPay(ctx, s); err != nil {
		return nil, err
	}
	rivals, err := m.readRivals(ctx, s)
	if err != nil {
		return nil, err
	}
	m.judge(s)
	for i := range report.Backends {
		ranking, err := trial.Rank(s.spec, &report.Backends[i], rivals, best)
		if errors.Is(err, trial.ErrNoRank) {
			m.Notes = append(m.Notes, err.Error())
			break
		}
		if err != nil {
			return nil, err
		}
		m.Rankings = append(m.Rankings, ranking)
		m.Arrivals = append(m.Arrivals, arrivalOf(s, &report.Backends[i], m.Immune))
	}
	return m, nil
}

// readPay reads what the subnet is on its way to pay, and takes the part of the benchmark and of the miners.
func (m *market) readPay(ctx context.Context, s *specSource) error {
	response, err := s.chain.Rewards(s.height).ProjectedEmission(ctx, &rewardstypes.QueryProjectedEmissionRequest{Netuid: s.netuid})
	if err != nil {
		return fmt.Errorf("read what subnet %d is on its way to pay: %w", s.netuid, err)
	}
	for _, projected := range response.Subnets {
		if projected.Netuid != s.netuid || projected.AtEpochEnd == 0 {
			continue
		}
		// A whole epoch of what a block adds now; what waits from before is not part of it.
		whole := float64(projected.PerBlock) * float64(s.subnet.Params.Tempo)
		m.MinersPay = uint64(whole * float64(projected.Miners) / float64(projected.AtEpochEnd) * float64(s.share) / spec.OneBp)
	}
	return nil
}

// readRivals reads the miners with the weights of the last epoch that was paid, less the one that a newcomer replaces.
func (m *market) readRivals(ctx context.Context, s *specSource) ([]trial.Rival, error) {
	miners, err := s.chain.Miners(ctx, s.height, s.netuid)
	if err != nil {
		return nil, fmt.Errorf("read the miners of subnet %d: %w", s.netuid, err)
	}
	danger, err := s.chain.Subnet(s.height).DangerZone(ctx, &subnettypes.QueryDangerZoneRequest{Netuid: s.netuid, Count: 1})
	if err != nil {
		return nil, fmt.Errorf("read who is replaced next on subnet %d: %w", s.netuid, err)
	}
	if m.FreeSlots = danger.FreeSlots; m.FreeSlots == 0 && len(danger.Miners) > 0 {
		if first := danger.Miners[0]; first.ImmuneUntil == 0 {
			m.Replaced = &first.Uid
			miners = slices.DeleteFunc(miners, func(miner subnettypes.Miner) bool { return miner.MinerId == first.MinerId })
		} else {
			m.Notes = append(m.Notes, "all slots are taken and every miner is immune: nobody can register now")
		}
	}
	weights, err := m.readWeights(ctx, s)
	if err != nil {
		return nil, err
	}
	rivals := make([]trial.Rival, len(miners))
	for i, miner := range miners {
		rivals[i] = trial.Rival{UID: miner.Uid, MinerID: miner.MinerId, Model: miner.Capabilities.Model, Weight: weights[miner.MinerId]}
	}
	return rivals, nil
}

// readWeights reads the consensus on every miner, by identity; nothing where no epoch has been paid.
func (m *market) readWeights(ctx context.Context, s *specSource) (map[uint64]uint64, error) {
	response, err := s.chain.Rewards(s.height).EpochResult(ctx, &rewardstypes.QueryEpochResultRequest{Netuid: s.netuid})
	if _, refused := errors.AsType[*chainclient.QueryError](err); refused && !errors.Is(err, chainclient.ErrHeight) {
		return nil, nil //nolint:nilnil // no result is an answer
	}
	if err != nil {
		return nil, fmt.Errorf("read the weights of subnet %d: %w", s.netuid, err)
	}
	for _, result := range response.Results {
		if result.Benchmark != s.number || len(result.MinerIds) != len(result.Consensus) {
			continue
		}
		m.Epoch = &result.Epoch
		weights := make(map[uint64]uint64, len(result.MinerIds))
		for i, id := range result.MinerIds {
			weights[id] = result.Consensus[i]
		}
		return weights, nil
	}
	return nil, nil //nolint:nilnil // no result is an answer
}

// judge says what stands in the way of comparing.
func (m *market) judge(s *specSource) {
	switch {
	case s.counting == 0:
		m.Notes = append(m.Notes, "no version of this benchmark counts now: the subnet does not run, or the benchmark has no share of its emission")
	case s.counting != s.version:
		m.Notes = append(m.Notes, fmt.Sprintf("version %d was tried, version %d counts now: its weights are of other questions", s.version, s.counting))
	}
	if m.Epoch == nil {
		m.Notes = append(m.Notes, "no epoch of this benchmark has been paid yet: nobody has a weight to be compared with")
	}
}

// arrivalEpochs bounds how far ahead an arrival is computed.
const arrivalEpochs = 10_000

// arrivalOf lets a newcomer reach its mean in every epoch.
func arrivalOf(s *specSource, result *trial.Result, immune uint64) arrival {
	a, mean := arrival{Backend: result.Name}, result.Mean.Mean
	blocks := max(s.subnet.Params.Tempo, 1)
	baseline := int64(s.spec.Weights.BaselineBp) * (benchmark.ScoreOne / spec.OneBp)
	var standing benchmark.Standing
	for epoch := uint64(1); epoch <= arrivalEpochs; epoch++ {
		next, err := standing.Advance(s.spec, epoch, epoch*blocks, blocks, benchmark.EpochScore{Score: mean, Scored: 1})
		if err != nil {
			return a
		}
		standing = next
		if a.Weighted == 0 && standing.Score > baseline {
			a.Weighted = epoch
		}
		if a.Settled == 0 && standing.Score >= mean-mean/20 {
			a.Settled = epoch
		}
		if epoch <= immune {
			a.Immune = standing.Score
		}
		if a.Settled > 0 && epoch >= immune && (a.Weighted > 0 || mean <= baseline) {
			break
		}
	}
	return a
}
