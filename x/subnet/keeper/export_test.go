package keeper

// NextBeacon lets tests pin the derivation of the beacon.
func NextBeacon(previous []byte, chainID string, height int64, appHash, proposer []byte, round int32) []byte {
	return keylessBeacon(previous, entropy{chainID: chainID, height: height, appHash: appHash, proposer: proposer, round: round})
}

// KeptEpochs is how many closed epochs stay readable.
const KeptEpochs = keptEpochs

// NewRowCodec lets tests write and read rows as the store holds them.
var NewRowCodec = newRowCodec
