package app

import (
	"bytes"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/log/v2"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/internal/beacon"
)

// proofPrefix begins the first entry of a block whose proposer has a beacon key; the proof follows. No transaction begins so: its
// first byte would name a field that a transaction does not have.
var proofPrefix = []byte("agora/beacon-proof/1\n")

const (
	proofBytes = 21 + beacon.ProofSize
	// proofOverhead is what the encoding of a block adds to an entry of this size.
	proofOverhead = 2
)

// SetBeaconKey gives the node the key with which it proves, in the blocks it proposes, its validator's part of the beacon. Call it before the node
// runs.
func (app *App) SetBeaconKey(key *beacon.PrivateKey) { app.beaconKey = key }

// proofOf is the beacon proof that a block begins with; nil when it has none.
func proofOf(txs [][]byte) []byte {
	if len(txs) == 0 || !isProof(txs[0]) {
		return nil
	}
	return txs[0][len(proofPrefix):]
}

func isProof(tx []byte) bool { return len(tx) == proofBytes && bytes.HasPrefix(tx, proofPrefix) }

// prepareProposal puts the node's beacon proof before the transactions, where the proposer has a key.
func (app *App) prepareProposal(logger log.Logger, inner sdk.PrepareProposalHandler) sdk.PrepareProposalHandler {
	return func(ctx sdk.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
		registered, err := app.SubnetKeeper.BeaconKeyOf(ctx, req.ProposerAddress, req.Height)
		if err != nil {
			return nil, err
		}
		if len(registered) == 0 {
			return inner(ctx, req)
		}
		if app.beaconKey == nil || !bytes.Equal(app.beaconKey.Public(), registered) {
			logger.Error("this node does not have the beacon key that its validator registered: others will refuse its proposal. "+
				"Put the key file back, or register the node's key with agorad tx subnet set-beacon-key", "height", req.Height)
			return inner(ctx, req)
		}
		message, err := app.SubnetKeeper.BeaconMessage(ctx, req.Height)
		if err != nil {
			return nil, err
		}
		req.MaxTxBytes -= proofBytes + proofOverhead
		res, err := inner(ctx, req)
		if err != nil {
			return nil, err
		}
		entry := append(bytes.Clone(proofPrefix), app.beaconKey.Prove(message)...)
		res.Txs = append([][]byte{entry}, res.Txs...)
		return res, nil
	}
}

// checkProof tells what is wrong with the beacon proof of a proposal, "" when nothing is: it is there exactly when the proposer
// has a key, it comes first, and it verifies.
func (app *App) checkProof(ctx sdk.Context, req *abci.RequestProcessProposal) (string, error) {
	key, err := app.SubnetKeeper.BeaconKeyOf(ctx, req.ProposerAddress, req.Height)
	if err != nil {
		return "", err
	}
	proof := proofOf(req.Txs)
	switch {
	case len(key) == 0 && proof != nil:
		return "it carries a beacon proof, but its proposer has no key", nil
	case len(key) == 0:
		return "", nil
	case proof == nil:
		return "it lacks the beacon proof of its proposer", nil
	}
	message, err := app.SubnetKeeper.BeaconMessage(ctx, req.Height)
	if err != nil {
		return "", err
	}
	if err := beacon.Verify(key, message, proof); err != nil {
		return err.Error(), nil //nolint:nilerr // a proof that does not verify is what was asked, not a failure
	}
	return "", nil
}

// FinalizeBlock executes a block. The beacon proof stands where transactions do, but is none: its result says so.
func (app *App) FinalizeBlock(req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	res, err := app.BaseApp.FinalizeBlock(req)
	if err == nil && proofOf(req.Txs) != nil && len(res.TxResults) > 0 {
		res.TxResults[0] = &abci.ExecTxResult{Info: "proof of the beacon"}
	}
	return res, err
}
