package app

import (
	"bytes"
	"fmt"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// countRefusals has x/subnet count the scores of a transaction that are going to be refused. It never stops the transaction,
// which fails by itself, and pays for nothing: by the transaction's own gas meter, a low limit would make these checks fail,
// and with them the deduction of the fee. The work is bounded by the gas that the transaction has left, so that none costs more
// than twice what it may.
func (app *App) countRefusals(ctx sdk.Context, tx sdk.Tx) {
	if !hasScores(tx.GetMsgs()) {
		return
	}
	defer func() {
		switch r := recover().(type) {
		case nil, storetypes.ErrorOutOfGas:
		default:
			ctx.Logger().Error("refused scores could not be counted", "cause", fmt.Sprint(r))
		}
	}()
	limited := ctx.WithGasMeter(storetypes.NewGasMeter(ctx.GasMeter().GasRemaining()))
	if err := app.SubnetKeeper.CountRefusals(limited, app.scores(limited, tx.GetMsgs())); err != nil {
		ctx.Logger().Error("refused scores could not be counted", "cause", err.Error())
	}
}

// hasScores tells whether a transaction may have scores in it.
func hasScores(msgs []sdk.Msg) bool {
	for _, msg := range msgs {
		if _, wrapped := msg.(*authz.MsgExec); wrapped || hotkeyOf(msg) != "" {
			return true
		}
	}
	return false
}

// scores lists the scores of a transaction, those included that another account sends by a grant of the hotkey. Without a grant
// they are nobody's: else anybody could have refusals counted for any hotkey.
func (app *App) scores(ctx sdk.Context, msgs []sdk.Msg) []sdk.Msg {
	var scores []sdk.Msg
	for _, msg := range msgs {
		wrapped, ok := msg.(*authz.MsgExec)
		if !ok {
			scores = append(scores, msg)
			continue
		}
		inner, err := wrapped.GetMessages()
		if err != nil {
			continue
		}
		for _, msg := range inner {
			if hotkey := hotkeyOf(msg); hotkey != "" && app.maySend(ctx, wrapped.Grantee, hotkey, msg) {
				scores = append(scores, msg)
			}
		}
	}
	return scores
}

// maySend tells whether an account may send a message of a hotkey.
func (app *App) maySend(ctx sdk.Context, grantee, hotkey string, msg sdk.Msg) bool {
	to, err := sdk.AccAddressFromBech32(grantee)
	if err != nil {
		return false
	}
	from, err := sdk.AccAddressFromBech32(hotkey)
	if err != nil {
		return false
	}
	if bytes.Equal(from, to) {
		return true
	}
	authorization, _ := app.AuthzKeeper.GetAuthorization(ctx, to, from, sdk.MsgTypeURL(msg))
	return authorization != nil
}

// hotkeyOf is the signer of a message of scores; empty for every other message.
func hotkeyOf(msg sdk.Msg) string {
	switch m := msg.(type) {
	case *subnettypes.MsgCommitScores:
		return m.Hotkey
	case *subnettypes.MsgRevealScores:
		return m.Hotkey
	case *subnettypes.MsgSetScores:
		return m.Hotkey
	default:
		return ""
	}
}
