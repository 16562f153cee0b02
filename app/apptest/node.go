package apptest

import (
	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/app"
)

// On returns the chain as another node has it: the same accounts, height and time on node, which must
// hold the chain's last state. The two go on independently.
func (c *Chain) On(node *app.App) *Chain {
	other := *c
	other.App, other.followers = node, nil
	return &other
}

// Follow lets a second node, which must hold the chain's last state, execute every block from here on:
// the test fails at the first block after which the app hashes differ.
func (c *Chain) Follow(node *app.App) { c.followers = append(c.followers, node) }

// lead gives the followers a block that the chain's own node executed with res.
func (c *Chain) lead(req *abci.RequestFinalizeBlock, res *abci.ResponseFinalizeBlock) {
	c.t.Helper()
	for i, node := range c.followers {
		followed, err := commit(node, req)
		require.NoError(c.t, err, "follower %d at height %d", i, req.Height)
		require.Equal(c.t, res.AppHash, followed.AppHash, "app hash of follower %d at height %d", i, req.Height)
	}
}

// TryNextBlock is NextBlock for a block that the app may refuse: then nothing is committed, and the
// node is at its end, as CometBFT would end it. Followers do not see the block.
func (c *Chain) TryNextBlock(txs ...[]byte) (*abci.ResponseFinalizeBlock, error) {
	return commit(c.App, c.next(nil, txs))
}

func commit(node *app.App, req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	res, err := node.FinalizeBlock(req)
	if err != nil {
		return nil, err
	}
	_, err = node.Commit()
	return res, err
}
