package onchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	sdkmath "cosmossdk.io/math"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/agora-network/agora/chainclient"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// denom is the coin that everything is paid in.
const denom = "uagora"

// Registration asks for a slot.
type Registration struct {
	Netuid uint32
	// Hotkey is the address that will serve.
	Hotkey string
	// MaxPrice is the most to burn in uagora; 0: the price now and two others' registrations at most.
	MaxPrice uint64
	// FeeAllowance is what the hotkey may spend of the owner's coins for fees, in uagora; 0 grants nothing.
	FeeAllowance uint64
}

// Registered is the outcome.
type Registered struct {
	UID     uint32 `json:"uid"`
	MinerID uint64 `json:"miner_id"`
	// Burned is the price that was paid in uagora.
	Burned uint64 `json:"burned"`
	// Already is set when the hotkey was registered before; nothing was burned then.
	Already bool `json:"already"`
	// Granted is whether the hotkey got a fee allowance now.
	Granted bool `json:"granted"`
	// TxHash is empty when there was nothing to do.
	TxHash string `json:"tx_hash,omitempty"`
}

// PriceOf reads what a registration burns now, in uagora.
func PriceOf(ctx context.Context, client *chainclient.Client, netuid uint32) (uint64, error) {
	response, err := client.Subnet(0).RegistrationPrice(ctx, &subnettypes.QueryRegistrationPriceRequest{Netuid: netuid})
	if errors.Is(err, chainclient.ErrNotFound) {
		return 0, fmt.Errorf("there is no subnet %d on chain %s; correct --netuid (`agorad q subnet subnets` lists them)", netuid, client.ChainID())
	}
	if err != nil {
		return 0, fmt.Errorf("read the registration price of subnet %d: %w", netuid, err)
	}
	return response.Price, nil
}

// Register takes a slot and grants the hotkey its fees, both in one transaction, so neither happens without the other.
// What was done before is not done again: it may be repeated after any failure.
func Register(ctx context.Context, client *chainclient.Client, owner *chainclient.Key, price chainclient.Price, r Registration) (Registered, error) {
	var result Registered
	var messages []sdk.Msg
	existing, err := client.Subnet(0).MinerByHotkey(ctx, &subnettypes.QueryMinerByHotkeyRequest{Netuid: r.Netuid, Hotkey: r.Hotkey})
	switch {
	case err == nil && existing.Miner.Owner != owner.Address():
		return result, fmt.Errorf("the hotkey %s mines already on subnet %d for another owner, %s; make another with `miner keys add`", r.Hotkey, r.Netuid, existing.Miner.Owner)
	case err == nil:
		result = Registered{UID: existing.Miner.Uid, MinerID: existing.Miner.MinerId, Already: true}
	case !errors.Is(err, chainclient.ErrNotFound):
		return result, fmt.Errorf("read the miner of %s: %w", r.Hotkey, err)
	default:
		message, err := registration(ctx, client, owner, r)
		if err != nil {
			return result, err
		}
		messages = append(messages, message)
	}
	grant, err := allowance(ctx, client, owner.Address(), r)
	if err != nil {
		return result, err
	}
	if grant != nil {
		messages = append(messages, grant)
		result.Granted = true
	}
	if len(messages) == 0 {
		return result, nil
	}
	sender, err := client.NewSender(owner, chainclient.SenderConfig{GasPrice: price})
	if err != nil {
		return Registered{}, err
	}
	tx, err := sender.Send(ctx, messages...)
	if err != nil {
		return Registered{}, err
	}
	result.TxHash = tx.Hash
	if result.Already {
		return result, nil
	}
	var response subnettypes.MsgRegisterMinerResponse
	if err := tx.Response(0, &response); err != nil {
		return result, fmt.Errorf("registered in transaction %s, but its response cannot be read: %w", tx.Hash, err)
	}
	result.UID, result.MinerID, result.Burned = response.Uid, response.MinerId, response.Burned
	return result, nil
}

// registration checks price and balance before anything is sent.
func registration(ctx context.Context, client *chainclient.Client, owner *chainclient.Key, r Registration) (*subnettypes.MsgRegisterMiner, error) {
	price, err := PriceOf(ctx, client, r.Netuid)
	if err != nil {
		return nil, err
	}
	highest := r.MaxPrice
	if highest == 0 {
		highest = price + price/5*3 // two registrations of others raise it by 1.26 x 1.26
	}
	if price > highest {
		return nil, fmt.Errorf("a registration on subnet %d burns %d%s now, above --max-price %d%s; raise it, or wait: the price falls with every block", r.Netuid, price, denom, highest, denom)
	}
	balance, err := client.Balance(ctx, owner.Address(), denom)
	if err != nil {
		return nil, err
	}
	if balance.Cmp(new(big.Int).SetUint64(price)) < 0 {
		return nil, fmt.Errorf("the owner %s holds %s%s, a registration burns %d%s and fees; send it coins", owner.Address(), balance, denom, price, denom)
	}
	return &subnettypes.MsgRegisterMiner{Owner: owner.Address(), Netuid: r.Netuid, Hotkey: r.Hotkey, MaxPrice: highest}, nil
}

// allowance lets the hotkey publish its endpoint, and nothing else, at the owner's cost. It is nil where there is
// nothing to grant.
func allowance(ctx context.Context, client *chainclient.Client, owner string, r Registration) (sdk.Msg, error) {
	if r.FeeAllowance == 0 || owner == r.Hotkey {
		return nil, nil
	}
	granted, err := client.HasFeeGrant(ctx, owner, r.Hotkey)
	if err != nil || granted {
		return nil, err
	}
	limit := sdk.Coins{{Denom: denom, Amount: sdkmath.NewIntFromUint64(r.FeeAllowance)}}
	basic, err := codectypes.NewAnyWithValue(&feegrant.BasicAllowance{SpendLimit: limit})
	if err != nil {
		return nil, fmt.Errorf("fee allowance: %w", err)
	}
	packed, err := codectypes.NewAnyWithValue(&feegrant.AllowedMsgAllowance{
		Allowance: basic, AllowedMessages: []string{sdk.MsgTypeURL(&subnettypes.MsgServe{})},
	})
	if err != nil {
		return nil, fmt.Errorf("fee allowance: %w", err)
	}
	return &feegrant.MsgGrantAllowance{Granter: owner, Grantee: r.Hotkey, Allowance: packed}, nil
}

// Claim pays out what the owner's miners accrued on the subnets and returns the amount with its denomination.
func Claim(ctx context.Context, client *chainclient.Client, owner *chainclient.Key, price chainclient.Price, netuids []uint32) (amount, txHash string, err error) {
	sender, err := client.NewSender(owner, chainclient.SenderConfig{GasPrice: price})
	if err != nil {
		return "", "", err
	}
	tx, err := sender.Send(ctx, &rewardstypes.MsgClaim{Owner: owner.Address(), Netuids: netuids})
	if err != nil {
		return "", "", err
	}
	var response rewardstypes.MsgClaimResponse
	if err := tx.Response(0, &response); err != nil {
		return "", tx.Hash, fmt.Errorf("claimed in transaction %s, but its response cannot be read: %w", tx.Hash, err)
	}
	return response.Amount.String(), tx.Hash, nil
}
