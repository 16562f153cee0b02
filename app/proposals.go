package app

import (
	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// processProposal refuses a block that breaks the consensus parameters: the SDK's default with the
// mempool of CometBFT accepts any block, which would leave max_bytes and max_gas to honest proposers.
// The block's beacon proof must be right as well.
func (app *App) processProposal(logger log.Logger, txConfig client.TxConfig) sdk.ProcessProposalHandler {
	decode := txConfig.TxDecoder()
	reject := &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}
	return func(ctx sdk.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
		wrong, err := app.checkProof(ctx, req)
		if err != nil {
			return nil, err
		}
		if wrong != "" {
			logger.Error("proposal refused: "+wrong, "height", req.Height)
			return reject, nil
		}
		maxBytes, maxGas := int64(-1), int64(-1)
		if block := ctx.ConsensusParams().Block; block != nil {
			maxBytes, maxGas = block.MaxBytes, block.MaxGas
		}
		var size int64
		var gas uint64
		for i, bz := range req.Txs {
			size += int64(len(bz))
			if maxBytes >= 0 && size > maxBytes {
				logger.Error("proposal refused: its transactions exceed max_bytes", "height", req.Height, "max_bytes", maxBytes)
				return reject, nil
			}
			if i == 0 && isProof(bz) {
				continue
			}
			tx, err := decode(bz)
			if err != nil {
				logger.Error("proposal refused: a transaction does not decode", "height", req.Height, "index", i, "error", err)
				return reject, nil
			}
			feeTx, ok := tx.(sdk.FeeTx)
			if !ok {
				logger.Error("proposal refused: a transaction names no gas", "height", req.Height, "index", i)
				return reject, nil
			}
			if maxGas < 0 {
				continue
			}
			// Subtracting on the right keeps a transaction that asks for 2^64-1 gas from wrapping the sum.
			if wanted := feeTx.GetGas(); wanted > uint64(maxGas)-gas {
				logger.Error("proposal refused: its transactions exceed max_gas", "height", req.Height, "max_gas", maxGas)
				return reject, nil
			}
			gas += feeTx.GetGas()
		}
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
	}
}
