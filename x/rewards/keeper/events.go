package keeper

import (
	"github.com/cosmos/gogoproto/proto"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// sdkEvent is a typed event.
type sdkEvent = proto.Message

// emit emits a typed event. It cannot fail for the events of this module, whose fields are plain
// numbers and text; should it, the block must not.
func emit(ctx sdk.Context, event sdkEvent) {
	if err := ctx.EventManager().EmitTypedEvent(event); err != nil {
		logger(ctx).Error("could not emit an event", "error", err)
	}
}
