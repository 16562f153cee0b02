package apptest

import (
	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/agora-network/agora/app"
)

// On returns the chain as another node has it: the same accounts, height and time on node, which must
// hold the chain's last state. The two go on independently.
func (c *Chain) On(node *app.App) *Chain {
	other := *c
	other.App = node
	return &other
}

// TryNextBlock is NextBlock for a block that the app may refuse: then nothing is committed, and the
// node is at its end, as CometBFT would end it.
func (c *Chain) TryNextBlock(txs ...[]byte) (*abci.ResponseFinalizeBlock, error) {
	res, err := c.execute(nil, txs)
	if err != nil {
		return nil, err
	}
	_, err = c.App.Commit()
	return res, err
}
