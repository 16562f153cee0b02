package keeper

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// refusalKey is (netuid, hotkey).
type refusalKey = collections.Pair[uint32, sdk.AccAddress]

// CountRefusals looks at the messages of one transaction before they run: commits, reveals and open rows that their handlers
// are going to refuse by an error of this module are counted for the hotkey, with an event. A message that fails leaves nothing
// in the state, so it must be called where what it writes stays, and only while a block is executed. Other messages are passed
// over, and so are hotkeys that score for no validator and subnets that do not exist: strangers cannot make the state grow.
//
// The work is that of the checks, on the gas meter of ctx.
func (k *Keeper) CountRefusals(ctx sdk.Context, msgs []sdk.Msg) error {
	accepted := acceptedScores{}
	for _, msg := range msgs {
		netuid, hotkey, refusal := k.refusalOf(ctx, msg, accepted)
		if refusal == nil {
			continue
		}
		if err := k.countRefusal(ctx, netuid, hotkey, refusal); err != nil {
			return err
		}
	}
	return nil
}

// acceptedScores are what earlier messages of a transaction do: a second one cannot do the same. It is never ranged over.
type acceptedScores map[acceptedScore]bool

// acceptedScore is a commit, or, where it is opened, a reveal.
type acceptedScore struct {
	netuid, benchmark uint32
	epoch             uint64
	hotkey            string
	opened            bool
}

// first returns refusal for what an earlier message does already.
func (a acceptedScores) first(score acceptedScore, refusal *errorsmod.Error) error {
	if a[score] {
		return errorsmod.Wrapf(refusal, "netuid %d, epoch %d, benchmark %d: twice in one transaction", score.netuid, score.epoch, score.benchmark)
	}
	a[score] = true
	return nil
}

// refusalOf runs the checks of a message's handler; nil for every other message.
func (k *Keeper) refusalOf(ctx context.Context, msg sdk.Msg, accepted acceptedScores) (netuid uint32, hotkey string, refusal error) {
	switch m := msg.(type) {
	case *types.MsgCommitScores:
		if refusal = m.ValidateBasic(); refusal == nil {
			_, refusal = k.checkCommit(ctx, m)
		}
		if refusal == nil {
			refusal = accepted.first(acceptedScore{netuid: m.Netuid, benchmark: m.Benchmark, epoch: m.Epoch, hotkey: m.Hotkey}, types.ErrAlreadyCommitted)
		}
		return m.Netuid, m.Hotkey, refusal
	case *types.MsgRevealScores:
		if refusal = m.ValidateBasic(); refusal == nil {
			_, refusal = k.checkReveal(ctx, m)
		}
		if refusal == nil {
			refusal = accepted.first(acceptedScore{netuid: m.Netuid, benchmark: m.Benchmark, epoch: m.Epoch, hotkey: m.Hotkey, opened: true}, types.ErrAlreadyRevealed)
		}
		return m.Netuid, m.Hotkey, refusal
	case *types.MsgSetScores:
		if refusal = m.ValidateBasic(); refusal == nil {
			refusal = k.checkOpenRow(ctx, m)
		}
		if refusal == nil {
			refusal = accepted.first(acceptedScore{netuid: m.Netuid, benchmark: m.Benchmark, epoch: m.Epoch, hotkey: m.Hotkey}, types.ErrScoresSetAlready)
		}
		return m.Netuid, m.Hotkey, refusal
	default:
		return 0, "", nil
	}
}

// checkOpenRow is all that the handler of a row in the open checks.
func (k *Keeper) checkOpenRow(ctx context.Context, msg *types.MsgSetScores) error {
	score, err := k.checkSet(ctx, msg)
	if err != nil {
		return err
	}
	_, _, err = k.stillRegistered(ctx, score.subnet, msg.MinerIds, msg.Weights)
	return err
}

// maxReasonBytes bounds what an event tells of a refusal.
const maxReasonBytes = 256

// countRefusal counts a refusal and says so in an event.
func (k *Keeper) countRefusal(ctx sdk.Context, netuid uint32, hotkey string, refusal error) error {
	codespace, code, _ := errorsmod.ABCIInfo(refusal, false)
	if codespace != types.ModuleName {
		return nil
	}
	address, err := k.decode("hotkey", hotkey)
	if err != nil {
		return err
	}
	operator, err := k.validatorOf(ctx, address)
	if err != nil || operator == nil {
		return err
	}
	if exists, err := k.Subnets.Has(ctx, netuid); err != nil || !exists {
		return err
	}
	validator, err := k.validators.BytesToString(operator)
	if err != nil {
		return err
	}
	key := collections.Join(netuid, address)
	record, err := k.Refusals.Get(ctx, key)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	// A hotkey that was handed to another validator keeps its history.
	record.Netuid, record.Hotkey, record.Validator = netuid, hotkey, validator
	at, found := slices.BinarySearchFunc(record.Refusals, code, func(r types.Refusal, code uint32) int { return cmp.Compare(r.Code, code) })
	if !found {
		record.Refusals = slices.Insert(record.Refusals, at, types.Refusal{Code: code})
	}
	record.Refusals[at].Count++
	record.Refusals[at].LastHeight = ctx.BlockHeight()
	if err := k.Refusals.Set(ctx, key, record); err != nil {
		return err
	}
	reason := refusal.Error()
	return ctx.EventManager().EmitTypedEvent(&types.EventScoresRefused{
		Netuid: netuid, Hotkey: hotkey, Validator: validator, Code: code, Reason: reason[:min(len(reason), maxReasonBytes)],
	})
}

// noPermit says why a hotkey has no permit in the epoch under way: ErrTooLittlePower where it scores for a validator and more
// stake would earn it one, else ErrNoPermit.
func (k *Keeper) noPermit(ctx context.Context, subnet types.Subnet, epoch types.Epoch, hotkey sdk.AccAddress) error {
	what := fmt.Sprintf("hotkey %s, netuid %d, epoch %d", hotkey, subnet.Netuid, epoch.Index)
	operator, err := k.validatorOf(ctx, hotkey)
	if err != nil {
		return err
	}
	if operator == nil {
		return errorsmod.Wrap(types.ErrNoPermit, what)
	}
	appointments, err := k.appointmentsFor(ctx, operator, subnet.Netuid)
	if err != nil {
		return err
	}
	own := slices.IndexFunc(appointments, func(a collections.KeyValue[appointmentKey, types.Appointment]) bool {
		return bytes.Equal(a.Key.K3(), hotkey)
	})
	if own < 0 {
		return errorsmod.Wrap(types.ErrNoPermit, what+": its validator scores the subnet by other hotkeys")
	}
	validator, err := k.staking.Validator(ctx, operator)
	if errors.Is(err, stakingtypes.ErrNoValidatorFound) {
		return errorsmod.Wrap(types.ErrNoPermit, what+": its validator is gone")
	}
	if err != nil {
		return err
	}
	if validator.IsJailed() || !validator.IsBonded() {
		return errorsmod.Wrap(types.ErrNoPermit, what+": its validator is jailed or not bonded")
	}
	power, least := scoringPower(validator.GetTokens(), appointments[own].Value.ShareBp), subnet.Params.MinScoringPower
	if given := len(epoch.Permits); given > 0 && given >= int(subnet.Params.MaxValidators) {
		least = max(least, epoch.Permits[given-1].Power)
	}
	if power < least {
		return errorsmod.Wrapf(types.ErrTooLittlePower, "%s: its power is %d, a permit takes %d", what, power, least)
	}
	return errorsmod.Wrap(types.ErrNoPermit, what+": it can earn one when the next epoch begins")
}

// sweepRefusals forgets some of what was counted on a removed subnet.
func (k *Keeper) sweepRefusals(ctx context.Context, netuid uint32, limit int) (int, error) {
	iter, err := k.Refusals.Iterate(ctx, collections.NewPrefixedPairRange[uint32, sdk.AccAddress](netuid))
	if err != nil {
		return 0, err
	}
	keys, err := firstKeys(limit, iter, iter.Key)
	return len(keys), removeAll(ctx, keys, k.Refusals.Remove, err)
}

// initRefusals writes what a genesis counts.
func (k *Keeper) initRefusals(ctx context.Context, refusals []types.RefusalRecord) error {
	for _, r := range refusals {
		hotkey, err := k.decode("hotkey", r.Hotkey)
		if err != nil {
			return fmt.Errorf("refusals: %w", err)
		}
		if _, err := k.validators.StringToBytes(r.Validator); err != nil {
			return fmt.Errorf("refusals of %s: validator %q: %w", r.Hotkey, r.Validator, err)
		}
		if err := k.Refusals.Set(ctx, collections.Join(r.Netuid, hotkey), r); err != nil {
			return err
		}
	}
	return nil
}
