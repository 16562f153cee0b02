package human

import (
	"errors"
	"fmt"
	"io"

	sdk "github.com/cosmos/cosmos-sdk/types"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// effect is what a transaction would do to the state of now. Others may come first and change it.
type effect struct {
	// Netuid of the new subnet, or of the miner's; UID and MinerID of the new miner.
	Netuid  uint32  `json:"netuid"`
	UID     *uint32 `json:"uid,omitempty"`
	MinerID uint64  `json:"miner_id,string,omitempty"`
	// Replaces is the identity of the miner that would lose its slot; 0: nobody.
	Replaces uint64 `json:"replaces_miner_id,string"`
	// Prunes is the subnet that would be removed; 0: none.
	Prunes uint32 `json:"prunes_netuid"`
}

// effectOf reads what a node found when it tried a transaction.
func effectOf(tried *sdk.Result, bought *purchase) (*effect, error) {
	if tried == nil || len(tried.MsgResponses) != 1 {
		return nil, errors.New("the node tried the transaction, and does not say what it would do: ask another node")
	}
	var made receipt
	if err := bought.read(tried.MsgResponses[0].Value, &made); err != nil {
		return nil, fmt.Errorf("the node tried the transaction, and its response cannot be decoded: %w", err)
	}
	found := &effect{Netuid: made.Netuid, UID: made.UID, MinerID: made.MinerID}
	for _, raw := range tried.Events {
		event, err := sdk.ParseTypedEvent(raw)
		if err != nil {
			continue // an event of the SDK without a type
		}
		switch e := event.(type) {
		case *subnettypes.EventMinerReplaced:
			found.Replaces = e.OldMinerId
		case *subnettypes.EventSubnetPruned:
			found.Prunes = e.Netuid
		}
	}
	return found, nil
}

func (e *effect) text(w io.Writer) {
	switch {
	case e.UID == nil && e.Prunes > 0:
		fmt.Fprintf(w, "It would make subnet %d, and subnet %d would be removed for it.\n", e.Netuid, e.Prunes)
	case e.UID == nil:
		fmt.Fprintf(w, "It would make subnet %d.\n", e.Netuid)
	case e.Replaces > 0:
		fmt.Fprintf(w, "It would take slot %d as miner %d, in place of miner %d.\n", *e.UID, e.MinerID, e.Replaces)
	default:
		fmt.Fprintf(w, "It would take the free slot %d as miner %d.\n", *e.UID, e.MinerID)
	}
}

// refused is why a purchase that was tried is not possible; a dry run shows the bill with it.
func (b *purchase) refused(err error) *Failure {
	f := refused(err)
	if b.DryRun {
		b.Total = sum(b.Locked, b.Burned)
		f.Data = &b.bill
	}
	return f
}
