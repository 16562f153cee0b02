package keeper

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/internal/beacon"
	"github.com/agora-network/agora/x/subnet/types"
)

const (
	// keylessDomain separates the beacons of a chain without keys from every other use of sha256 on the network.
	keylessDomain = "agora/beacon/1"
	// BeaconKeyDelay is after how many blocks a registered key counts. The beacons in between depend on the proofs of
	// others, so nobody can choose a key by what it will prove.
	BeaconKeyDelay = 100
)

// SetBeaconKey registers, changes or gives up the key of the validator that the signer operates.
func (k msgServer) SetBeaconKey(ctx context.Context, msg *types.MsgSetBeaconKey) (*types.MsgSetBeaconKeyResponse, error) {
	account, err := k.decode("operator", msg.Operator)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := checkBeaconKey(msg.Key); err != nil {
		return nil, err
	}
	operator := sdk.ValAddress(account)
	validator, err := k.staking.Validator(ctx, operator)
	if errors.Is(err, stakingtypes.ErrNoValidatorFound) {
		return nil, errorsmod.Wrap(types.ErrNotValidatorOperator, msg.Operator)
	}
	if err != nil {
		return nil, err
	}
	stored, err := k.BeaconKeys.Get(ctx, operator)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	counts := types.BeaconKey{
		Validator: validator.GetOperator(),
		Key:       stored.KeyAt(height(ctx)), NextKey: msg.Key, NextHeight: height(ctx) + BeaconKeyDelay,
	}
	if string(counts.Key) == string(msg.Key) {
		return nil, errorsmod.Wrapf(types.ErrBeaconKeyUnchanged, "validator %s", counts.Validator)
	}
	if err := k.BeaconKeys.Set(ctx, operator, counts); err != nil {
		return nil, err
	}
	return &types.MsgSetBeaconKeyResponse{Height: counts.NextHeight}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(
		&types.EventBeaconKeySet{Validator: counts.Validator, Key: msg.Key, Height: counts.NextHeight})
}

func checkBeaconKey(key []byte) error {
	if len(key) == 0 {
		return nil
	}
	if err := beacon.CheckKey(key); err != nil {
		return errorsmod.Wrap(types.ErrBeaconKeyInvalid, err.Error())
	}
	return nil
}

// initBeaconKey takes in a key of a genesis.
func (k *Keeper) initBeaconKey(ctx context.Context, key types.BeaconKey) error {
	operator, err := k.validators.StringToBytes(key.Validator)
	if err != nil {
		return fmt.Errorf("beacon key of validator %q: %w", key.Validator, err)
	}
	if err := cmp.Or(checkBeaconKey(key.Key), checkBeaconKey(key.NextKey)); err != nil {
		return fmt.Errorf("validator %s: %w", key.Validator, err)
	}
	return k.BeaconKeys.Set(ctx, operator, key)
}

// BeaconKeyOf is the key with which the proposer of a block must prove its part of the beacon; nil when it has none.
// proposer is its consensus address.
func (k *Keeper) BeaconKeyOf(ctx context.Context, proposer sdk.ConsAddress, at int64) ([]byte, error) {
	validator, err := k.staking.ValidatorByConsAddr(ctx, proposer)
	if errors.Is(err, stakingtypes.ErrNoValidatorFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	operator, err := k.validators.StringToBytes(validator.GetOperator())
	if err != nil {
		return nil, err
	}
	stored, err := k.BeaconKeys.Get(ctx, operator)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil
	}
	return stored.KeyAt(at), err
}

// BeaconMessage is what the proposer of the block at a height proves, on the state of the block before.
func (k *Keeper) BeaconMessage(ctx context.Context, at int64) ([]byte, error) {
	previous, err := k.lastBeacon(ctx)
	return beacon.Message(sdk.UnwrapSDKContext(ctx).ChainID(), at, previous), err
}

// UpdateBeacon derives the beacon of the block that begins and stores it with what proves it. proof is the proposer's, which
// those who voted for the block have verified; empty when it has no key.
func (k *Keeper) UpdateBeacon(ctx context.Context, proof []byte) error {
	previous, err := k.lastBeacon(ctx)
	if err != nil {
		return err
	}
	block := blockEntropy(sdk.UnwrapSDKContext(ctx))
	next := types.Beacon{Height: block.height, Previous: previous}
	keyed, err := k.anyBeaconKey(ctx)
	if err != nil {
		return err
	}
	if !keyed {
		next.Value = keylessBeacon(previous, block)
		return k.Beacon.Set(ctx, next)
	}
	if next.Key, err = k.BeaconKeyOf(ctx, block.proposer, block.height); err != nil {
		return err
	}
	if len(next.Key) > 0 {
		next.Proof = proof
	}
	next.Value = beacon.Next(block.chainID, block.height, previous, next.Proof)
	return k.Beacon.Set(ctx, next)
}

func (k *Keeper) lastBeacon(ctx context.Context) ([]byte, error) {
	last, err := k.Beacon.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil
	}
	return last.Value, err
}

// anyBeaconKey tells whether any validator ever registered a key.
func (k *Keeper) anyBeaconKey(ctx context.Context) (bool, error) {
	iter, err := k.BeaconKeys.Iterate(ctx, nil)
	if err != nil {
		return false, err
	}
	defer iter.Close()
	return iter.Valid(), nil
}

// entropy is what a block adds to the beacon of a chain without keys. Every node has the same: it comes from the block itself.
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

// keylessBeacon serves until the first validator has registered a key. It is the sha256 over, each byte string preceded by its length
// as 4 bytes and integers big-endian: domain, previous beacon, chain id, height:8, app hash, proposer, round:4.
//
// Which of the last block's signatures the proposer gathered is left out on purpose: it may leave out
// up to a third of them, and could try all choices until it likes the beacon.
func keylessBeacon(previous []byte, e entropy) []byte {
	var preimage []byte
	appendBytes := func(b []byte) {
		preimage = binary.BigEndian.AppendUint32(preimage, uint32(len(b)))
		preimage = append(preimage, b...)
	}
	appendBytes([]byte(keylessDomain))
	appendBytes(previous)
	appendBytes([]byte(e.chainID))
	preimage = binary.BigEndian.AppendUint64(preimage, uint64(e.height))
	appendBytes(e.appHash)
	appendBytes(e.proposer)
	preimage = binary.BigEndian.AppendUint32(preimage, uint32(e.round))
	sum := sha256.Sum256(preimage)
	return sum[:types.BeaconSize]
}
