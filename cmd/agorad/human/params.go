package human

import (
	"fmt"
	"io"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

type paramLine struct {
	Name string `json:"name"`
	// Value counts now, Next from the next epoch on.
	Value   uint64 `json:"value,string"`
	Next    uint64 `json:"next,string"`
	Default uint64 `json:"default,string"`
	Min     uint64 `json:"min,string"`
	Max     uint64 `json:"max,string"`
	Unit    string `json:"unit"`
	Meaning string `json:"meaning"`
	// Who may change it: the owner and governance, or governance alone.
	Who string `json:"who"`
	// ChangedHeight and ChangedBy say when it was last changed, and by whom; 0: never.
	ChangedHeight int64  `json:"changed_height,string"`
	ChangedBy     string `json:"changed_by"`
}

type paramList struct {
	Netuid uint32 `json:"netuid"`
	Name   string `json:"name"`
	// FrozenFrom is the height from which nothing can be changed before the next epoch; 0: the subnet does not run.
	FrozenFrom int64       `json:"frozen_from,string"`
	Params     []paramLine `json:"params"`
}

func showParams(r *request) (view, error) {
	netuid, err := parseNetuid(r.args[0])
	if err != nil {
		return nil, err
	}
	c, err := r.chain()
	if err != nil {
		return nil, err
	}
	s, err := c.subnet(netuid)
	if err != nil {
		return nil, err
	}
	response, err := c.subnets().SubnetParams(c.ctx, &subnettypes.QuerySubnetParamsRequest{Netuid: netuid})
	if err != nil {
		return nil, err
	}
	list := paramList{Netuid: netuid, Name: s.Name, FrozenFrom: response.FrozenFrom}
	for _, p := range response.Params {
		list.Params = append(list.Params, paramLine{
			Name: p.Name, Value: p.Value, Next: p.NextValue, Default: p.DefaultValue, Min: p.Min, Max: p.Max, Unit: p.Unit, Meaning: p.Meaning,
			Who: p.Who, ChangedHeight: p.ChangedHeight, ChangedBy: p.ChangedBy,
		})
	}
	return list, nil
}

func (l paramList) text(w io.Writer) {
	fmt.Fprintf(w, "subnet %d, %s; * is not the default, -> counts from the next epoch on\n\n", l.Netuid, clean(l.Name, 64))
	t := newTable(w, words, "PARAMETER", "VALUE", "DEFAULT", "RANGE", "UNIT", "WHO", "CHANGED", "MEANING")
	for _, p := range l.Params {
		value, changed := grouped(p.Value), "-"
		if p.Value != p.Default {
			value += " *"
		}
		if p.Next != p.Value {
			value += " -> " + grouped(p.Next)
		}
		if p.ChangedHeight > 0 {
			changed = fmt.Sprintf("height %d", p.ChangedHeight)
		}
		t.row(clean(p.Name, 64), value, grouped(p.Default), grouped(p.Min)+" to "+grouped(p.Max), clean(p.Unit, 32), clean(p.Who, 32), changed,
			clean(p.Meaning, 256))
	}
	t.flush()
}
