package keeper

import (
	"context"
	"errors"
	"math/bits"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/rewards/yuma"
)

// newResult splits what waited for a benchmark: to the owner, to the miners by incentive, to the validators by dividends.
// What belongs to nobody is not in it yet, and nothing is paid.
func newResult(ctx sdk.Context, p types.Params, f *frame, pending uint64, outcome *yuma.Result) types.EpochResult {
	pools := split(pending, []uint64{uint64(p.OwnerBp), uint64(p.MinerBp), uint64(p.ValidatorBp)})
	result := types.EpochResult{
		Netuid: f.netuid, Benchmark: f.benchmark.Benchmark, ShareBp: f.benchmark.ShareBp,
		Epoch: f.epoch.Index, Height: ctx.BlockHeight(), Pending: pending, OwnerAmount: pools[0],
		MinerIds: f.miners.IDs(), Incentives: parts(outcome.Incentive), Consensus: parts(outcome.Consensus),
		Amounts:    split(pools[1], raw(outcome.Incentive)),
		Validators: make([]types.ValidatorResult, len(f.epoch.Permits)),
	}
	for _, amount := range result.Amounts {
		result.MinerAmount += amount
	}
	amounts := split(pools[2], raw(outcome.Dividends))
	for i, permit := range f.epoch.Permits {
		result.Validators[i] = types.ValidatorResult{
			Validator: permit.Validator, Hotkey: permit.Hotkey, Power: f.input.Powers[i], Revealed: f.revealed[i],
			Trust: outcome.Trust[i].Parts(types.ShareUnit), Dividends: outcome.Dividends[i].Parts(types.ShareUnit), Amount: amounts[i],
		}
	}
	return result
}

// payOut pays what the benchmarks gave, all together: to the owner's account, to the miners' ledger, to the validators
// through x/distribution. What cannot be paid, and shares of nobody, are burned or carried over. Every part is whole and for each
// benchmark pending = owner + miners + validators + burned + carried. It returns what each miner earned.
func (k *Keeper) payOut(ctx sdk.Context, p types.Params, c *closing) ([]uint64, error) {
	k.payOwner(ctx, c)
	earned := c.earned()
	if err := k.accrue(ctx, c.netuid, c.miners.IDs(), earned); err != nil {
		return nil, err
	}
	if err := k.payValidators(ctx, c); err != nil {
		return nil, err
	}
	var burned, carried uint64
	for i := range c.shares {
		r := &c.shares[i].result
		leftover := r.Pending - r.OwnerAmount - r.MinerAmount - r.ValidatorAmount
		if p.Leftover == types.LEFTOVER_RECYCLE {
			r.Carried = leftover
		} else {
			r.Burned = leftover
		}
		burned, carried = burned+r.Burned, carried+r.Carried
	}
	if burned > 0 {
		if err := k.bank.BurnCoins(ctx, types.ModuleName, coins(burned)); err != nil {
			return nil, err
		}
	}
	return earned, k.setPending(ctx, c.netuid, carried)
}

// earned is what each miner earned on all benchmarks together.
func (c *closing) earned() []uint64 {
	earned := make([]uint64, len(c.miners.IDs()))
	for i := range c.shares {
		for column, amount := range c.shares[i].result.Amounts {
			earned[column] += amount
		}
	}
	return earned
}

// payOwner sends the owner's cuts in one payment. Where the account cannot be paid they belong to nobody: an
// owner must not be able to stop everyone else's pay.
func (k *Keeper) payOwner(ctx sdk.Context, c *closing) {
	var sum uint64
	for i := range c.shares {
		sum += c.shares[i].result.OwnerAmount
	}
	if sum == 0 {
		return
	}
	err := branch(ctx, func(ctx sdk.Context) error {
		address, err := k.accounts.StringToBytes(c.subnet.Owner)
		if err != nil {
			return err
		}
		return k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, address, coins(sum))
	})
	if err == nil {
		return
	}
	logger(ctx).Error("could not pay a subnet's owner", "owner", c.subnet.Owner, "error", err)
	for i := range c.shares {
		c.shares[i].result.OwnerAmount = 0
	}
}

// accrue adds the miners' amounts to the subnet's ledger.
func (k *Keeper) accrue(ctx context.Context, netuid uint32, ids, amounts []uint64) error {
	if !slices.ContainsFunc(amounts, func(a uint64) bool { return a > 0 }) {
		return nil
	}
	old, err := k.ledger(ctx, netuid)
	if err != nil {
		return err
	}
	merged, err := merge(old, packed.List{IDs: ids, Values: amounts})
	if err != nil {
		return err
	}
	return k.setLedger(ctx, netuid, merged)
}

// merge adds up two lists, leaving out what is 0.
func merge(a, b packed.List) (packed.List, error) {
	n := a.Len() + b.Len()
	out := packed.List{IDs: make([]uint64, 0, n), Values: make([]uint64, 0, n)}
	i, j := 0, 0
	for i < a.Len() || j < b.Len() {
		var id, value uint64
		switch {
		case j == b.Len() || (i < a.Len() && a.IDs[i] < b.IDs[j]):
			id, value = a.IDs[i], a.Values[i]
			i++
		case i == a.Len() || b.IDs[j] < a.IDs[i]:
			id, value = b.IDs[j], b.Values[j]
			j++
		default:
			sum, carry := bits.Add64(a.Values[i], b.Values[j], 0)
			if carry != 0 {
				return out, errorsmod.Wrapf(types.ErrAmountOverflow, "miner %d", a.IDs[i])
			}
			id, value = a.IDs[i], sum
			i, j = i+1, j+1
		}
		if value > 0 {
			out.IDs, out.Values = append(out.IDs, id), append(out.Values, value)
		}
	}
	return out, nil
}

// ledger is what a subnet's miners may claim.
func (k *Keeper) ledger(ctx context.Context, netuid uint32) (packed.List, error) {
	data, err := k.Ledgers.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		return packed.List{}, nil
	}
	if err != nil {
		return packed.List{}, err
	}
	list, err := packed.Decode(data)
	if err != nil {
		return packed.List{}, errorsmod.Wrapf(types.ErrCorruptState, "ledger of netuid %d: %s", netuid, err)
	}
	return list, nil
}

func (k *Keeper) setLedger(ctx context.Context, netuid uint32, list packed.List) error {
	if list.Len() == 0 {
		return k.Ledgers.Remove(ctx, netuid)
	}
	data, err := list.Encode()
	if err != nil {
		return err
	}
	return k.Ledgers.Set(ctx, netuid, data)
}

// payValidators hands dividends to x/distribution: one allocation per validator, however many hotkeys and benchmarks it
// scored with. What a validator that is gone would have got becomes 0: it belongs to nobody.
func (k *Keeper) payValidators(ctx context.Context, c *closing) error {
	type payee struct {
		validator stakingtypes.ValidatorI // nil: gone
		amount    uint64
	}
	var (
		payees  []payee
		sum     uint64
		payeeOf = make(map[string]int) // operator -> index; looked up, never ranged over
	)
	for i, permit := range c.epoch.Permits {
		amount := c.dividends(i)
		if amount == 0 {
			continue
		}
		at, known := payeeOf[permit.Validator]
		if !known {
			validator, err := k.payableValidator(ctx, permit.Validator)
			if err != nil {
				return err
			}
			at = len(payees)
			payees, payeeOf[permit.Validator] = append(payees, payee{validator: validator}), at
		}
		if payees[at].validator == nil {
			c.forfeit(i)
			continue
		}
		payees[at].amount += amount
		sum += amount
	}
	c.sumDividends()
	if sum == 0 {
		return nil
	}
	if err := k.bank.SendCoinsFromModuleToModule(ctx, types.ModuleName, distrtypes.ModuleName, coins(sum)); err != nil {
		return err
	}
	for _, p := range payees {
		if p.validator == nil {
			continue
		}
		if err := k.distribution.AllocateTokensToValidator(ctx, p.validator, sdk.NewDecCoinsFromCoins(coin(p.amount))); err != nil {
			return err
		}
	}
	return nil
}

// payableValidator finds a validator; nil means that it is gone.
func (k *Keeper) payableValidator(ctx context.Context, text string) (stakingtypes.ValidatorI, error) {
	operator, err := k.validators.StringToBytes(text)
	if err != nil {
		return nil, err
	}
	validator, err := k.staking.Validator(ctx, operator)
	if errors.Is(err, stakingtypes.ErrNoValidatorFound) {
		return nil, nil
	}
	return validator, err
}

// dividends are what a permit holder gets from all benchmarks together.
func (c *closing) dividends(permit int) uint64 {
	var sum uint64
	for i := range c.shares {
		sum += c.shares[i].result.Validators[permit].Amount
	}
	return sum
}

// forfeit takes from a permit holder what the benchmarks gave it.
func (c *closing) forfeit(permit int) {
	for i := range c.shares {
		c.shares[i].result.Validators[permit].Amount = 0
	}
}

// sumDividends sets what each benchmark pays to its validators.
func (c *closing) sumDividends() {
	for i := range c.shares {
		r := &c.shares[i].result
		for _, v := range r.Validators {
			r.ValidatorAmount += v.Amount
		}
	}
}

// claim pays an owner what its miners accrued on one subnet.
func (k *Keeper) claim(ctx context.Context, owner sdk.AccAddress, netuid uint32) (uint64, error) {
	list, err := k.ledger(ctx, netuid)
	if err != nil || list.Len() == 0 {
		return 0, err
	}
	ids, err := k.subnets.MinersOfOwner(ctx, netuid, owner)
	if err != nil {
		return 0, err
	}
	var sum uint64
	eachColumn(ids, list.IDs, func(_ int, column uint32) {
		sum += list.Values[column]
		list.Values[column] = 0
	})
	if sum == 0 {
		return 0, nil
	}
	rest, err := merge(list, packed.List{})
	if err != nil {
		return 0, err
	}
	return sum, k.setLedger(ctx, netuid, rest)
}

// split divides an amount by weights into whole parts that add up to exactly the amount: each gets
// its share rounded down, and what is left goes, one unit each, to those whose shares lost the most,
// the earlier of equals first. Weights that are all 0 get nothing. The weights must add up to less
// than 2^64.
func split(amount uint64, weights []uint64) []uint64 {
	out := make([]uint64, len(weights))
	var total uint64
	for _, w := range weights {
		total += w
	}
	if total == 0 || amount == 0 {
		return out
	}
	remainders := make([]uint64, len(weights))
	rest := amount
	for i, w := range weights {
		hi, lo := bits.Mul64(amount, w)
		out[i], remainders[i] = bits.Div64(hi, lo, total)
		rest -= out[i]
	}
	// The remainders add up to rest·total and each is below total: more than rest of them are not 0.
	least, ties := greatest(remainders, rest)
	for i, r := range remainders {
		switch {
		case r > least:
			out[i]++
		case r == least && ties > 0:
			out[i]++
			ties--
		}
	}
	return out
}

// greatest finds the n greatest values: all above least, and so many of those equal to it. It counts
// values by their bytes, from the top: eight rounds at most, whatever the values are.
func greatest(values []uint64, n uint64) (least, ties uint64) {
	if n == 0 {
		return ^uint64(0), 0
	}
	var mask uint64 // the bytes of least that are known
	for shift := 56; shift >= 0; shift -= 8 {
		var counts [256]uint64
		for _, v := range values {
			if v&mask == least {
				counts[byte(v>>shift)]++
			}
		}
		digit := 255
		for ; digit > 0 && counts[digit] < n; digit-- {
			n -= counts[digit]
		}
		least |= uint64(digit) << shift
		if counts[digit] == n {
			break // every value that begins like this is among them
		}
		mask |= 0xff << shift
	}
	return least, n
}

// parts are fractions as an EpochResult shows them.
func parts(values []yuma.Fixed) []uint64 {
	out := make([]uint64, len(values))
	for i, v := range values {
		out[i] = v.Parts(types.ShareUnit)
	}
	return out
}

// raw are fractions as weights of a split.
func raw(values []yuma.Fixed) []uint64 {
	out := make([]uint64, len(values))
	for i, v := range values {
		out[i] = uint64(v)
	}
	return out
}
