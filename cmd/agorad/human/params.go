package human

import (
	"fmt"
	"io"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

type paramLine struct {
	Name    string `json:"name"`
	Value   uint64 `json:"value,string"`
	Default uint64 `json:"default,string"`
	Min     uint64 `json:"min,string"`
	Max     uint64 `json:"max,string"`
	Unit    string `json:"unit"`
	Meaning string `json:"meaning"`
}

type paramList struct {
	Netuid uint32      `json:"netuid"`
	Name   string      `json:"name"`
	Params []paramLine `json:"params"`
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
	module, err := c.subnets().Params(c.ctx, &subnettypes.QueryParamsRequest{}) // governance may have changed the defaults
	if err != nil {
		return nil, err
	}
	list := paramList{Netuid: netuid, Name: s.Name}
	for _, spec := range subnettypes.SubnetParamSpecs {
		list.Params = append(list.Params, paramLine{
			Name: spec.Name, Value: spec.Get(&s.Params), Default: spec.Get(&module.Params.DefaultSubnetParams),
			Min: spec.Min, Max: spec.Max, Unit: spec.Unit, Meaning: spec.Meaning,
		})
	}
	return list, nil
}

func (l paramList) text(w io.Writer) {
	fmt.Fprintf(w, "subnet %d, %s; * is not the default\n\n", l.Netuid, clean(l.Name, 64))
	t := newTable(w, words, "PARAMETER", "VALUE", "DEFAULT", "RANGE", "UNIT", "MEANING")
	for _, p := range l.Params {
		value := grouped(p.Value)
		if p.Value != p.Default {
			value += " *"
		}
		t.row(p.Name, value, grouped(p.Default), grouped(p.Min)+" to "+grouped(p.Max), p.Unit, p.Meaning)
	}
	t.flush()
}
