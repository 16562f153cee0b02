package keeper

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// beaconDomain separates beacons from every other use of sha256 on the network.
const beaconDomain = "agora/beacon/1"

// updateBeacon derives the beacon of the block that begins and stores it.
func (k *Keeper) updateBeacon(ctx context.Context) error {
	previous, err := k.Beacon.Get(ctx)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	return k.Beacon.Set(ctx, nextBeacon(previous, blockEntropy(sdk.UnwrapSDKContext(ctx))))
}

// entropy is what a block adds to the beacon. Every node has the same: it comes from the block itself.
type entropy struct {
	chainID string
	height  int64
	// appHash commits to all state before this block, and so to the transactions of the block before.
	appHash []byte
	// proposer is the consensus address of whoever proposed this block.
	proposer []byte
	// round in which the block before was decided.
	round int32
}

func blockEntropy(ctx sdk.Context) entropy {
	header := ctx.BlockHeader()
	e := entropy{chainID: ctx.ChainID(), height: ctx.BlockHeight(), appHash: header.AppHash, proposer: header.ProposerAddress}
	if info := ctx.CometInfo(); info != nil {
		e.round = info.GetLastCommit().Round()
	}
	return e
}

// nextBeacon is the sha256 over, each byte string preceded by its length as 4 bytes and integers
// big-endian: domain, previous beacon, chain id, height:8, app hash, proposer, round:4.
//
// Which of the last block's signatures the proposer gathered is left out on purpose: it may leave out
// up to a third of them, and could try all choices until it likes the beacon.
func nextBeacon(previous []byte, e entropy) []byte {
	var preimage []byte
	appendBytes := func(b []byte) {
		preimage = binary.BigEndian.AppendUint32(preimage, uint32(len(b)))
		preimage = append(preimage, b...)
	}
	appendBytes([]byte(beaconDomain))
	appendBytes(previous)
	appendBytes([]byte(e.chainID))
	preimage = binary.BigEndian.AppendUint64(preimage, uint64(e.height))
	appendBytes(e.appHash)
	appendBytes(e.proposer)
	preimage = binary.BigEndian.AppendUint32(preimage, uint32(e.round))
	beacon := sha256.Sum256(preimage)
	return beacon[:types.BeaconSize]
}
