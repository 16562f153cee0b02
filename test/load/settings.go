package main

import (
	"errors"
	"fmt"
	"time"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// settings say what network is made and what load it gets.
type settings struct {
	// agorad is the program of the nodes.
	agorad string
	// home is the folder of the network; empty is a temporary one that is removed.
	home string
	// nodes is the number of nodes, each a bonded validator of equal power.
	nodes int
	// hotkeys of each validator, which share its power.
	hotkeys int
	// subnets that every hotkey scores.
	subnets int
	// miners of each subnet, which is the number of weights of a row.
	miners int
	// tempo is the length of an epoch in blocks.
	tempo uint64
	// blockTime is the pause after a block.
	blockTime time.Duration
	// rates of the stages in rows per second: so many are revealed, and so many committed, each second.
	rates []float64
	// span is for how long each stage is under load; the rest of its epoch it drains.
	span time.Duration
	// connections that send to each node at once.
	connections int
	// profile is the file for a processor profile of the first node in the last stage; empty is none.
	profile string
	// seed of the weights.
	seed uint64
}

// rowsPerEpoch is how many rows can be committed in an epoch: one for each hotkey on each subnet.
func (s settings) rowsPerEpoch() int { return s.nodes * s.hotkeys * s.subnets }

// rowsAt is how many rows a stage has at a rate.
func (s settings) rowsAt(rate float64) int { return int(rate * s.span.Seconds()) }

// validate refuses what no network can be made of, or cannot take the load of one epoch.
func (s settings) validate() error {
	params := s.subnetParams()
	switch {
	case s.nodes < 1 || s.nodes > 16:
		return fmt.Errorf("--nodes %d: choose 1 to 16", s.nodes)
	case s.hotkeys < 1 || s.hotkeys > subnettypes.MaxHotkeysPerValidator:
		return fmt.Errorf("--hotkeys %d: choose 1 to %d", s.hotkeys, subnettypes.MaxHotkeysPerValidator)
	case s.subnets < 1 || s.subnets > 64:
		return fmt.Errorf("--subnets %d: choose 1 to 64", s.subnets)
	case s.blockTime < 100*time.Millisecond || s.blockTime > 15*time.Second:
		return fmt.Errorf("--block-time %s: choose 100ms to 15s", s.blockTime)
	case s.connections < 1 || s.connections > 256:
		return fmt.Errorf("--connections %d: choose 1 to 256", s.connections)
	case len(s.rates) == 0:
		return errors.New("--rates: name at least one, in rows per second")
	case s.span < time.Second || s.span > time.Duration(s.tempo)*s.blockTime*3/4:
		return fmt.Errorf("--span %s: choose 1s to %s, three quarters of an epoch, so that what is sent can be in a block before the epoch ends",
			s.span, time.Duration(s.tempo)*s.blockTime*3/4)
	}
	for _, rate := range s.rates {
		if rows := s.rowsAt(rate); rows < 1 || rows > s.rowsPerEpoch() {
			return fmt.Errorf("--rates %g: in %s that is %d rows, and all hotkeys can make 1 to %d in an epoch: change --span, or take more --subnets or --hotkeys",
				rate, s.span, rows, s.rowsPerEpoch())
		}
	}
	if err := params.Validate(); err != nil {
		return fmt.Errorf("--miners, --hotkeys and --tempo do not fit: %w", err)
	}
	return nil
}

// subnetParams of every subnet: rows may be revealed in the whole epoch.
func (s settings) subnetParams() subnettypes.SubnetParams {
	params := subnettypes.DefaultSubnetParams()
	params.Tempo, params.RevealWindow = s.tempo, s.tempo-1
	params.MaxMiners, params.MaxValidators = uint32(s.miners), uint32(s.nodes*s.hotkeys)
	return params
}
