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

// count adds an epoch and all before it that were not counted yet, which at
// reads: the result of the last epoch that was closed as of a height.
func (l *ledger) count(result *rewardstypes.EpochResult, at func(height int64) (*rewardstypes.EpochResult, error)) error {
	if result.Epoch < l.Epochs {
		return nil
	}
	missed := []*rewardstypes.EpochResult{result}
	for last := result; last.Epoch > l.Epochs && len(missed) < maxCatchUp; {
		earlier, err := at(last.Height - 1)
		if err != nil || earlier == nil || earlier.Epoch >= last.Epoch {
			break // the node keeps no state that old: those epochs stay uncounted
		}
		missed = append(missed, earlier)
		last = earlier
	}
	for _, epoch := range missed {
		if epoch.Epoch < l.Epochs {
			continue
		}
		for i, id := range epoch.MinerIds {
			if i < len(epoch.Amounts) {
				l.Miners[id] += epoch.Amounts[i]
			}
		}
		for _, validator := range epoch.Validators {
			l.Validators[validator.Hotkey] += validator.Amount
		}
	}
	l.Epochs = result.Epoch + 1
	return writeJSON(l.path, l)
}
