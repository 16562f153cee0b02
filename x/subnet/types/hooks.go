package types

import "context"

// SubnetHooks is how another module takes part in what happens to subnets. It names nothing of the
// SDK, so that programs which use these types link nothing more.
type SubnetHooks interface {
	// AfterSubnetRemoved is called when a subnet has been removed to make room for another, inside the
	// transaction that removes it. An error refuses the removal, and the registration with it. The
	// owners of the subnet's miners stay known (Keeper.MinerOwner).
	AfterSubnetRemoved(ctx context.Context, netuid uint32) error
}
