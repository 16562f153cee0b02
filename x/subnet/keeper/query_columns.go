package keeper

import (
	"slices"
	"strings"

	errorsmod "cosmossdk.io/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

// column is a column of the metagraph.
type column struct {
	// name in the response.
	name string
	fill func(graph *types.QueryMetagraphResponse, miners []*types.Miner)
}

// metagraphColumns are all columns; the first is always there.
var metagraphColumns = []column{
	{"uids", func(graph *types.QueryMetagraphResponse, miners []*types.Miner) {
		graph.Uids = each(miners, func(m *types.Miner) uint32 { return m.Uid })
	}},
	{"miner_ids", func(graph *types.QueryMetagraphResponse, miners []*types.Miner) {
		graph.MinerIds = each(miners, func(m *types.Miner) uint64 { return m.MinerId })
	}},
	{"hotkeys", func(graph *types.QueryMetagraphResponse, miners []*types.Miner) {
		graph.Hotkeys = each(miners, func(m *types.Miner) string { return m.Hotkey })
	}},
	{"owners", func(graph *types.QueryMetagraphResponse, miners []*types.Miner) {
		graph.Owners = each(miners, func(m *types.Miner) string { return m.Owner })
	}},
	{"endpoints", func(graph *types.QueryMetagraphResponse, miners []*types.Miner) {
		graph.Endpoints = each(miners, func(m *types.Miner) string {
			if len(m.Endpoints) == 0 {
				return ""
			}
			return m.Endpoints[0]
		})
	}},
	{"models", func(graph *types.QueryMetagraphResponse, miners []*types.Miner) {
		graph.Models = each(miners, func(m *types.Miner) string { return m.Capabilities.Model })
	}},
	{"registered_heights", func(graph *types.QueryMetagraphResponse, miners []*types.Miner) {
		graph.RegisteredHeights = each(miners, func(m *types.Miner) int64 { return m.RegisteredHeight })
	}},
	{"last_emissions", func(graph *types.QueryMetagraphResponse, miners []*types.Miner) {
		graph.LastEmissions = each(miners, func(m *types.Miner) uint64 { return m.LastEmission })
	}},
}

// each reads one value of every miner.
func each[T any](miners []*types.Miner, read func(*types.Miner) T) []T {
	values := make([]T, len(miners))
	for i, miner := range miners {
		values[i] = read(miner)
	}
	return values
}

// columnsOf are the columns that a client names, all when it names none. A name may be given several times.
func columnsOf(names []string) ([]column, error) {
	if len(names) == 0 {
		return metagraphColumns, nil
	}
	wanted := make([]bool, len(metagraphColumns))
	wanted[0] = true
	for _, name := range names {
		at := slices.IndexFunc(metagraphColumns, func(c column) bool { return c.name == name })
		if at < 0 {
			known := make([]string, len(metagraphColumns))
			for i, column := range metagraphColumns {
				known[i] = column.name
			}
			return nil, errorsmod.Wrapf(types.ErrColumnUnknown, "%.40q is none of %s", name, strings.Join(known, ", "))
		}
		wanted[at] = true
	}
	var columns []column
	for i, column := range metagraphColumns {
		if wanted[i] {
			columns = append(columns, column)
		}
	}
	return columns, nil
}
