package localnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
)

// ledger sums what everybody earned over all epochs. The chain keeps only the
// last epoch's result and what was not yet claimed, so the sums are kept here,
// in a file, and follow the chain epoch by epoch.
type ledger struct {
	path string
	// Epochs is how many epochs were looked at: all below this index.
	Epochs uint64 `json:"epochs"`
	// Miners by identity and Validators by hotkey, in uagora.
	Miners     map[uint64]uint64 `json:"miners"`
	Validators map[string]uint64 `json:"validators"`
}

// loadLedger reads the sums, or begins with none. Sums that cannot be understood
// begin anew: they are a convenience.
func loadLedger(path string) (*ledger, error) {
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the sums of what was earned: %w", err)
	}
	l := &ledger{}
	if json.Unmarshal(content, l) != nil {
		l = &ledger{}
	}
	l.path = path
	if l.Miners == nil || l.Validators == nil {
		l.Epochs, l.Miners, l.Validators = 0, map[uint64]uint64{}, map[string]uint64{}
	}
	return l, nil
}

// maxCatchUp bounds how many missed epochs are read one by one.
const maxCatchUp = 1000

// closing is the outcome of one closed epoch: a result for each benchmark, at least one.
type closing []rewardstypes.EpochResult

// epoch that was closed.
func (c closing) epoch() uint64 { return c[0].Epoch }

// count adds an epoch and all before it that were not counted yet, which at
// reads: the outcome of the last epoch that was closed as of a height, nothing where none was.
func (l *ledger) count(newest closing, at func(height int64) (closing, error)) error {
	if newest.epoch() < l.Epochs {
		return nil
	}
	missed := []closing{newest}
	for last := newest; last.epoch() > l.Epochs && len(missed) < maxCatchUp; {
		earlier, err := at(last[0].Height - 1)
		if err != nil || len(earlier) == 0 || earlier.epoch() >= last.epoch() {
			break // the node keeps no state that old: those epochs stay uncounted
		}
		missed = append(missed, earlier)
		last = earlier
	}
	for _, epoch := range missed {
		if epoch.epoch() < l.Epochs {
			continue
		}
		for _, result := range epoch {
			l.add(result)
		}
	}
	l.Epochs = newest.epoch() + 1
	return writeJSON(l.path, l)
}

// add counts what one benchmark gave in an epoch.
func (l *ledger) add(result rewardstypes.EpochResult) {
	for i, id := range result.MinerIds {
		if i < len(result.Amounts) {
			l.Miners[id] += result.Amounts[i]
		}
	}
	for _, validator := range result.Validators {
		l.Validators[validator.Hotkey] += validator.Amount
	}
}
