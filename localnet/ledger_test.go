package localnet

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
)

// paid is the result of an epoch of ten blocks in which miner 1 got amount and validator v twice that.
func paid(epoch, amount uint64) closing {
	return closing{{
		Epoch: epoch, Height: int64(epoch+1) * 10, MinerIds: []uint64{1}, Amounts: []uint64{amount},
		Validators: []rewardstypes.ValidatorResult{{Hotkey: "v", Amount: 2 * amount}},
	}}
}

func TestEveryEpochIsCountedOnceAlsoAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "earned.json")
	results := []closing{paid(0, 1), paid(1, 10), paid(2, 100), paid(3, 1000)}
	at := func(height int64) (closing, error) { // epochs close at heights 10, 20, 30, 40
		if height < 10 {
			return nil, nil
		}
		return results[height/10-1], nil
	}
	l, err := loadLedger(path)
	require.NoError(t, err)
	require.NoError(t, l.count(results[0], at))
	require.NoError(t, l.count(results[0], at), "shown again a block later")
	require.EqualValues(t, 1, l.Miners[1])

	l, err = loadLedger(path)
	require.NoError(t, err)
	require.NoError(t, l.count(results[3], at), "two epochs passed while nobody looked")
	require.EqualValues(t, 1111, l.Miners[1])
	require.EqualValues(t, 2222, l.Validators["v"])
	require.NoError(t, l.count(results[2], at), "a node that lags")
	require.EqualValues(t, 1111, l.Miners[1])
}

func TestWhatTheBenchmarksOfAnEpochGaveIsAddedUp(t *testing.T) {
	l, err := loadLedger(filepath.Join(t.TempDir(), "earned.json"))
	require.NoError(t, err)
	require.NoError(t, l.count(append(paid(0, 7), paid(0, 3)...), nil))
	require.EqualValues(t, 10, l.Miners[1])
	require.EqualValues(t, 20, l.Validators["v"])
}

func TestEpochsThatTheNodeForgotStayUncounted(t *testing.T) {
	l, err := loadLedger(filepath.Join(t.TempDir(), "earned.json"))
	require.NoError(t, err)
	require.NoError(t, l.count(paid(7, 5), func(int64) (closing, error) { return nil, errors.New("pruned") }))
	require.EqualValues(t, 5, l.Miners[1])
	require.EqualValues(t, 8, l.Epochs)
}

func TestSumsThatCannotBeReadBeginAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "earned.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"epochs": 3`), 0o600))
	l, err := loadLedger(path)
	require.NoError(t, err)
	require.Zero(t, l.Epochs)
	require.NoError(t, l.count(paid(0, 1), nil))
}
