package app

import (
	"github.com/cosmos/cosmos-sdk/client"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"
)

// newAnteHandler checks signatures, replay, fees and fee grants, and then counts the scores that are going to be refused.
// Unordered transactions are allowed: daemons send scores without a sequence, so that one lost transaction never blocks the
// next.
func (app *App) newAnteHandler(txConfig client.TxConfig) (sdk.AnteHandler, error) {
	checked, err := ante.NewAnteHandler(ante.HandlerOptions{
		AccountKeeper:   app.AccountKeeper,
		BankKeeper:      app.BankKeeper,
		FeegrantKeeper:  app.FeeGrantKeeper,
		SignModeHandler: txConfig.SignModeHandler(),
		SigGasConsumer:  ante.DefaultSigVerificationGasConsumer,
	})
	if err != nil {
		return nil, err
	}
	return func(ctx sdk.Context, tx sdk.Tx, simulate bool) (sdk.Context, error) {
		ctx, err := checked(ctx, tx, simulate)
		if err == nil && !simulate && ctx.ExecMode() == sdk.ExecModeFinalize {
			app.countRefusals(ctx, tx)
		}
		return ctx, err
	}, nil
}
