package types

import "fmt"

// validateRefusals checks that every record counts something, once per hotkey of a subnet.
func (g GenesisState) validateRefusals(subnets map[uint32]Subnet) error {
	type key struct {
		netuid uint32
		hotkey string
	}
	seen := set[key]{}
	for _, r := range g.Refusals {
		_, ok := subnets[r.Netuid]
		switch {
		case !ok:
			return fmt.Errorf("refusals of %s on subnet %d: no such subnet", r.Hotkey, r.Netuid)
		case r.Hotkey == "" || r.Validator == "":
			return fmt.Errorf("refusals of %q on subnet %d: the hotkey or its validator, %q, is missing", r.Hotkey, r.Netuid, r.Validator)
		case len(r.Refusals) == 0:
			return fmt.Errorf("refusals of %s on subnet %d: nothing is counted", r.Hotkey, r.Netuid)
		case !seen.add(key{r.Netuid, r.Hotkey}):
			return fmt.Errorf("refusals of %s on subnet %d are there twice", r.Hotkey, r.Netuid)
		}
		last := uint32(0)
		for _, refusal := range r.Refusals {
			if refusal.Code <= last || refusal.Count == 0 || refusal.LastHeight < 0 {
				return fmt.Errorf("refusals of %s on subnet %d: code %d is out of order, or was counted %d times, at last at height %d",
					r.Hotkey, r.Netuid, refusal.Code, refusal.Count, refusal.LastHeight)
			}
			last = refusal.Code
		}
	}
	return nil
}
