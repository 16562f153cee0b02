package main

import (
	"encoding/json"
	"fmt"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	// firstEpoch is the height at which the first epoch of the first subnet begins: the validators are bonded by then. Those
	// of the others follow one block after the other, as subnets that are started do.
	firstEpoch = 2
	// firstVersion of every benchmark is the only one.
	firstVersion = 1
)

// world is what the chain begins with besides its nodes.
type world struct {
	settings
	// operators of the nodes.
	operators []sdk.AccAddress
	hotkeys   []*hotkey
}

// fill writes subnets, miners, appointments and fee grants into the genesis of the modules.
func (w world) fill(cdc codec.Codec, state map[string]json.RawMessage) error {
	subnets := subnettypes.DefaultGenesis()
	for netuid := uint32(1); netuid <= uint32(w.subnets); netuid++ {
		if err := w.addSubnet(subnets, netuid); err != nil {
			return err
		}
	}
	subnets.NextNetuid = uint32(w.subnets) + 1
	for _, key := range w.hotkeys {
		subnets.Appointments = append(subnets.Appointments, subnettypes.Appointment{
			Validator: sdk.ValAddress(w.operators[key.node]).String(), Hotkey: key.address.String(),
			ShareBp: uint32(subnettypes.BasisPoints / w.settings.hotkeys),
		})
	}
	var err error
	if state[subnettypes.ModuleName], err = cdc.MarshalJSON(subnets); err != nil {
		return fmt.Errorf("genesis of subnet: %w", err)
	}
	grants := feegrant.DefaultGenesisState()
	for _, key := range w.hotkeys {
		grant, err := w.feeGrant(key)
		if err != nil {
			return fmt.Errorf("fee grant to %s: %w", key.address.String(), err)
		}
		grants.Allowances = append(grants.Allowances, grant)
	}
	if state[feegrant.ModuleName], err = cdc.MarshalJSON(grants); err != nil {
		return fmt.Errorf("genesis of feegrant: %w", err)
	}
	return nil
}

// addSubnet adds a subnet that is full of miners and about to begin its first epoch.
func (w world) addSubnet(state *subnettypes.GenesisState, netuid uint32) error {
	owner := addressFor("owner").String()
	subnet := subnettypes.Subnet{
		Netuid: netuid, Owner: owner, Name: fmt.Sprintf("load %d", netuid), Status: subnettypes.SUBNET_STATUS_ACTIVE,
		Params: w.subnetParams(), MinerCount: uint32(w.miners), NextMinerId: uint64(w.miners) + 1,
		EpochStartHeight: firstEpoch + int64(netuid) - 1, LatestVersions: []uint32{firstVersion},
	}
	subnet.BurnPrice = subnet.Params.MinBurn
	declared, err := benchmarks.Load(benchmarks.Default)
	if err != nil {
		return err
	}
	canonical, err := spec.Encode(declared)
	if err != nil {
		return err
	}
	digest, err := spec.Digest(declared)
	if err != nil {
		return err
	}
	state.Benchmarks = append(state.Benchmarks, subnettypes.BenchmarkVersion{Netuid: netuid, Version: firstVersion, Spec: canonical, Digest: digest[:]})
	state.Subnets = append(state.Subnets, subnet)
	for uid := range uint32(w.miners) {
		id := uint64(uid) + 1
		state.Miners = append(state.Miners, subnettypes.Miner{
			Netuid: netuid, Uid: uid, MinerId: id, Owner: owner,
			Hotkey: addressFor(fmt.Sprintf("miner %d of %d", uid, netuid)).String(), Endpoints: []string{"https://miner.example:8443"},
		})
		state.MinerOwners = append(state.MinerOwners, subnettypes.MinerOwner{Netuid: netuid, MinerId: id, Owner: owner})
	}
	return nil
}

// feeGrant lets the operator pay for a hotkey's commits and reveals.
func (w world) feeGrant(key *hotkey) (feegrant.Grant, error) {
	allowance, err := feegrant.NewAllowedMsgAllowance(&feegrant.BasicAllowance{},
		[]string{sdk.MsgTypeURL(&subnettypes.MsgCommitScores{}), sdk.MsgTypeURL(&subnettypes.MsgRevealScores{})})
	if err != nil {
		return feegrant.Grant{}, err
	}
	packed, err := codectypes.NewAnyWithValue(allowance)
	return feegrant.Grant{Granter: w.operators[key.node].String(), Grantee: key.address.String(), Allowance: packed}, err
}
