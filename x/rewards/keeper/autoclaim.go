package keeper

import (
	"math"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/rewards/types"
)

// autoClaimScan bounds the ledger entries that one block of a round looks at. A ledger is stored as
// one value and read as a whole, so the last one may pass the bound.
const autoClaimScan = 65_536

// wholeLedger, as the identity at which a round stands, says that the ledger has had its turn, whoever
// joins it later. Identities are below it.
const wholeLedger = math.MaxUint64

// autoClaimOrSkip does one block's part of a round of automatic claims. Should that fail, nothing was
// paid, and the next try waits for the next round: what fails once would fail in every block.
func (k *Keeper) autoClaimOrSkip(ctx sdk.Context, p types.Params) {
	err := branch(ctx, func(ctx sdk.Context) error { return k.autoClaim(ctx, p) })
	if err == nil {
		return
	}
	report(ctx, "pay automatic claims", err, &types.EventAutoClaimFailed{Reason: err.Error()})
	skip := func(ctx sdk.Context) error {
		return k.AutoClaim.Set(ctx, types.AutoClaim{NextHeight: ctx.BlockHeight() + int64(max(1, p.AutoClaimInterval))})
	}
	if err := branch(ctx, skip); err != nil {
		logger(ctx).Error("could not put off the round of automatic claims", "error", err)
	}
}

// autoClaim begins a round when one is due and pays the next miners of the round under way: those
// with at least auto_claim_min, by netuid and identity, no more than max_auto_claims_per_block. A
// round that does not come to its end goes on in the next block.
func (k *Keeper) autoClaim(ctx sdk.Context, p types.Params) error {
	if p.AutoClaimInterval == 0 {
		return nil
	}
	state, err := orZero(k.AutoClaim.Get(ctx))
	if err != nil {
		return err
	}
	if !state.Running {
		if ctx.BlockHeight() < state.NextHeight {
			return nil
		}
		state = types.AutoClaim{NextHeight: ctx.BlockHeight(), Running: true}
	}
	batch, ended, err := k.nextClaims(ctx, p, &state)
	if err != nil {
		return err
	}
	if err := k.payClaims(ctx, batch); err != nil {
		return err
	}
	if ended {
		state = types.AutoClaim{NextHeight: nextRound(state, p.AutoClaimInterval, ctx.BlockHeight())}
	}
	return k.AutoClaim.Set(ctx, state)
}

// nextRound is when a round begins after the one under way: an interval after its beginning, or at
// once when it took longer.
func nextRound(running types.AutoClaim, interval uint64, height int64) int64 {
	return max(running.NextHeight+int64(interval), height+1)
}

// autoClaims are the miners that one block of a round pays, at most max_auto_claims_per_block.
type autoClaims struct {
	ledgers []claimedLedger
	payees  []payee
	// payeeOf finds an owner among payees; looked up, never ranged over.
	payeeOf map[string]int
}

// claimedLedger is a ledger that holds claims.
type claimedLedger struct {
	netuid uint32
	list   packed.List
	claims []autoClaim
}

// autoClaim is one miner's entry in its ledger, and which payee owns it.
type autoClaim struct{ entry, payee int }

// payee is an owner of miners, with what they accrued together.
type payee struct {
	owner  sdk.AccAddress
	amount uint64
	paid   bool
}

// add notes that an entry of a ledger belongs to an owner.
func (c *autoClaims) add(ledger *claimedLedger, entry int, owner sdk.AccAddress) {
	at, known := c.payeeOf[string(owner)]
	if !known {
		at = len(c.payees)
		c.payees, c.payeeOf[string(owner)] = append(c.payees, payee{owner: owner}), at
	}
	c.payees[at].amount += ledger.list.Values[entry] // all of it was minted: no more than the supply
	ledger.claims = append(ledger.claims, autoClaim{entry: entry, payee: at})
}

// nextClaims collects the claims after the cursor and moves it behind them. It tells whether the round
// has come to its end. A miner whose owner is not known, and a ledger that cannot be read, are passed
// over with an event.
func (k *Keeper) nextClaims(ctx sdk.Context, p types.Params, cursor *types.AutoClaim) (*autoClaims, bool, error) {
	batch := &autoClaims{payeeOf: make(map[string]int)}
	var scanned int
	var looked uint32
	ended := true
	from := new(collections.Range[uint32]).StartInclusive(cursor.Netuid)
	if cursor.MinerId == wholeLedger {
		from = new(collections.Range[uint32]).StartExclusive(cursor.Netuid)
	}
	err := k.Ledgers.Walk(ctx, from, func(netuid uint32, data []byte) (bool, error) {
		if scanned >= autoClaimScan {
			ended = false
			return true, nil
		}
		ledger := claimedLedger{netuid: netuid}
		var err error
		if ledger.list, err = packed.Decode(data); err != nil {
			err = errorsmod.Wrapf(types.ErrCorruptState, "ledger of netuid %d: %s", netuid, err)
			report(ctx, "pay automatic claims on a subnet", err, &types.EventAutoClaimFailed{Reason: err.Error()})
		}
		scanned += ledger.list.Len()
		if netuid != cursor.Netuid {
			cursor.Netuid, cursor.MinerId = netuid, 0
		}
		for entry, id := range ledger.list.IDs {
			if id <= cursor.MinerId || ledger.list.Values[entry] < p.AutoClaimMin {
				continue
			}
			if looked == p.MaxAutoClaimsPerBlock {
				ended = false
				break
			}
			looked++
			cursor.MinerId = id
			owner, err := k.subnets.MinerOwner(ctx, netuid, id)
			if err != nil {
				err = errorsmod.Wrapf(types.ErrCorruptState, "owner of miner %d on netuid %d: %s", id, netuid, err)
				report(ctx, "pay an automatic claim", err, &types.EventAutoClaimFailed{Reason: err.Error()})
				continue
			}
			batch.add(&ledger, entry, owner)
		}
		if len(ledger.claims) > 0 {
			batch.ledgers = append(batch.ledgers, ledger)
		}
		if ended {
			cursor.MinerId = wholeLedger
		}
		return !ended, nil
	})
	return batch, ended, err
}

// payClaims sends each owner what its miners accrued, all in one, and takes it out of the ledgers. An
// owner that cannot be paid keeps its claims.
func (k *Keeper) payClaims(ctx sdk.Context, batch *autoClaims) error {
	for i := range batch.payees {
		to := &batch.payees[i]
		owner, err := k.accounts.BytesToString(to.owner)
		if err != nil {
			return err
		}
		err = branch(ctx, func(ctx sdk.Context) error {
			return k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, to.owner, coins(to.amount))
		})
		if err != nil {
			report(ctx, "pay an automatic claim", err, &types.EventAutoClaimFailed{Owner: owner, Reason: err.Error()})
			continue
		}
		to.paid = true
		emit(ctx, &types.EventClaimed{Owner: owner, Amount: to.amount, Automatic: true})
	}
	for _, l := range batch.ledgers {
		paid := false
		for _, c := range l.claims {
			if batch.payees[c.payee].paid {
				l.list.Values[c.entry], paid = 0, true
			}
		}
		if !paid {
			continue
		}
		rest, err := merge(l.list, packed.List{})
		if err != nil {
			return err
		}
		if err := k.setLedger(ctx, l.netuid, rest); err != nil {
			return err
		}
	}
	return nil
}

// rescheduleAutoClaim lets a changed interval count from the beginning of the last round. A round
// under way goes on, unless there are to be none.
func (k *Keeper) rescheduleAutoClaim(ctx sdk.Context, old, now uint64) error {
	if old == now {
		return nil
	}
	if now == 0 {
		return k.AutoClaim.Remove(ctx)
	}
	state, err := orZero(k.AutoClaim.Get(ctx))
	if err != nil || state.Running {
		return err
	}
	began := ctx.BlockHeight()
	if old != 0 {
		began = state.NextHeight - int64(old)
	}
	state.NextHeight = max(ctx.BlockHeight(), began+int64(now))
	return k.AutoClaim.Set(ctx, state)
}

// nextAutoClaim is when the next round begins, seen from the block at ctx; 0 = never.
func nextAutoClaim(state types.AutoClaim, interval uint64, height int64) int64 {
	switch {
	case interval == 0:
		return 0
	case state.Running:
		return nextRound(state, interval, height)
	default:
		return max(state.NextHeight, height+1)
	}
}
