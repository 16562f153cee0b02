package app

import (
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
)

const (
	// maxBlockBytes bounds a block; 64 reveals of 4,096 weights take about 1.6 MB.
	maxBlockBytes = 4 << 20
	// maxBlockGas bounds the work of a block; such a reveal costs about 1.5 million gas.
	maxBlockGas = 200_000_000
)

// DefaultConsensusParams returns the consensus parameters of a new chain: unlike CometBFT's own, its
// blocks are bounded in bytes and in gas.
func DefaultConsensusParams() *cmttypes.ConsensusParams {
	params := cmttypes.DefaultConsensusParams()
	params.Block.MaxBytes = maxBlockBytes
	params.Block.MaxGas = maxBlockGas
	return params
}

func (app *App) header() cmtproto.Header {
	return cmtproto.Header{Height: app.LastBlockHeight()}
}
