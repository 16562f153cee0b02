package types

import (
	"crypto/sha256"
	"unicode/utf8"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/scorehash"
)

// Bounds of what messages carry.
const (
	MaxNameBytes           = 64
	MaxDescriptionBytes    = 512
	MaxReasonBytes         = 512
	MaxBlobs               = 32
	MaxBlobURLs            = 8
	MaxURLBytes            = 256
	MaxEndpoints           = 4
	MaxProtocols           = 8
	MaxProtocolBytes       = 32
	MaxModelBytes          = 128
	MaxQuantizationBytes   = 32
	MaxHotkeysPerValidator = 16
	BasisPoints            = 10_000
	// maxRowEntries bounds a row before the subnet's own max_miners is known.
	maxRowEntries = 4_096
)

// The stateless checks run before a transaction enters the mempool and again in the handler.
var (
	_ sdk.HasValidateBasic = (*MsgRegisterSubnet)(nil)
	_ sdk.HasValidateBasic = (*MsgProposeBenchmark)(nil)
	_ sdk.HasValidateBasic = (*MsgServe)(nil)
	_ sdk.HasValidateBasic = (*MsgAppointHotkey)(nil)
	_ sdk.HasValidateBasic = (*MsgSetBeaconKey)(nil)
	_ sdk.HasValidateBasic = (*MsgCommitScores)(nil)
	_ sdk.HasValidateBasic = (*MsgRevealScores)(nil)
	_ sdk.HasValidateBasic = (*MsgSetScores)(nil)
	_ sdk.HasValidateBasic = (*MsgPauseSubnet)(nil)
	_ sdk.HasValidateBasic = (*MsgUpdateParams)(nil)
)

// ValidateBasic checks the name and the description.
func (m *MsgRegisterSubnet) ValidateBasic() error {
	return checkNames(m.Name, m.Description)
}

// ValidateBasic checks the digest against the spec bytes, and the blobs.
func (m *MsgProposeBenchmark) ValidateBasic() error {
	if err := checkBenchmarkNumber(m.Benchmark); err != nil {
		return err
	}
	if len(m.Spec) == 0 {
		return errorsmod.Wrap(ErrSpecInvalid, "the spec is empty")
	}
	if digest := sha256.Sum256(m.Spec); string(digest[:]) != string(m.Digest) {
		return errorsmod.Wrapf(ErrSpecDigest, "the spec's digest is %x, the message says %x", digest, clip(m.Digest))
	}
	if len(m.Blobs) > MaxBlobs {
		return errorsmod.Wrapf(ErrBlobInvalid, "%d blobs, at most %d", len(m.Blobs), MaxBlobs)
	}
	for i, blob := range m.Blobs {
		if err := blob.validate(); err != nil {
			return errorsmod.Wrapf(err, "blob %d", i)
		}
	}
	return nil
}

func (b Blob) validate() error {
	if len(b.Sha256) != sha256.Size {
		return errorsmod.Wrapf(ErrBlobInvalid, "its sha256 has %d bytes", len(b.Sha256))
	}
	if b.Size_ == 0 {
		return errorsmod.Wrap(ErrBlobInvalid, "its size is 0")
	}
	if len(b.Urls) == 0 || len(b.Urls) > MaxBlobURLs {
		return errorsmod.Wrapf(ErrBlobInvalid, "it has %d urls", len(b.Urls))
	}
	for _, raw := range b.Urls {
		if wrong := checkLink(raw); wrong != "" {
			return errorsmod.Wrapf(ErrBlobInvalid, "url %q: %s", clipText(raw), wrong)
		}
	}
	return nil
}

// ValidateBasic checks endpoints, pin, protocols and capabilities against their bounds.
func (m *MsgServe) ValidateBasic() error {
	if len(m.Endpoints) > MaxEndpoints {
		return errorsmod.Wrapf(ErrEndpointInvalid, "%d endpoints, at most %d", len(m.Endpoints), MaxEndpoints)
	}
	for i, endpoint := range m.Endpoints {
		if wrong := checkEndpoint(endpoint); wrong != "" {
			return errorsmod.Wrapf(ErrEndpointInvalid, "endpoint %d, %q: %s", i, clipText(endpoint), wrong)
		}
	}
	if len(m.TlsPin) != 0 && len(m.TlsPin) != sha256.Size {
		return errorsmod.Wrapf(ErrServeInvalid, "tls_pin has %d bytes, it is a sha256 of 32 bytes or empty", len(m.TlsPin))
	}
	if len(m.Protocols) > MaxProtocols {
		return errorsmod.Wrapf(ErrServeInvalid, "%d protocols, at most %d", len(m.Protocols), MaxProtocols)
	}
	for _, protocol := range m.Protocols {
		if protocol == "" {
			return errorsmod.Wrap(ErrServeInvalid, "a protocol is empty")
		}
		if err := checkText("protocol", protocol, MaxProtocolBytes); err != nil {
			return errorsmod.Wrap(ErrServeInvalid, err.Error())
		}
	}
	if err := checkText("model", m.Capabilities.Model, MaxModelBytes); err != nil {
		return errorsmod.Wrap(ErrServeInvalid, err.Error())
	}
	if err := checkText("quantization", m.Capabilities.Quantization, MaxQuantizationBytes); err != nil {
		return errorsmod.Wrap(ErrServeInvalid, err.Error())
	}
	if n := len(m.Capabilities.ModelDigest); n != 0 && n != sha256.Size {
		return errorsmod.Wrapf(ErrServeInvalid, "model_digest has %d bytes, it is a sha256 of 32 bytes or empty", n)
	}
	return nil
}

// ValidateBasic checks the share.
func (m *MsgAppointHotkey) ValidateBasic() error {
	if m.ShareBp > BasisPoints {
		return errorsmod.Wrapf(ErrShareInvalid, "share_bp is %d", m.ShareBp)
	}
	return nil
}

// ValidateBasic checks the size of the hash.
func (m *MsgCommitScores) ValidateBasic() error {
	if len(m.Hash) != scorehash.Size {
		return errorsmod.Wrapf(ErrCommitHashInvalid, "it has %d bytes", len(m.Hash))
	}
	return nil
}

// ValidateBasic checks the shape of the row.
func (m *MsgSetScores) ValidateBasic() error {
	return checkRow(m.MinerIds, m.Weights, m.EvidenceRoot, m.Items)
}

// checkRow checks the shape of a row, whatever the subnet.
func checkRow(ids []uint64, weights []uint32, evidenceRoot []byte, items uint64) error {
	if len(ids) != len(weights) {
		return errorsmod.Wrapf(ErrEntriesMismatch, "%d miner ids and %d weights", len(ids), len(weights))
	}
	if len(ids) > maxRowEntries {
		return errorsmod.Wrapf(ErrTooManyEntries, "%d entries, at most %d", len(ids), maxRowEntries)
	}
	for i, id := range ids {
		switch weight := weights[i]; {
		case i > 0 && id <= ids[i-1]:
			return errorsmod.Wrapf(ErrEntriesUnsorted, "%d follows %d", id, ids[i-1])
		case weight == 0:
			return errorsmod.Wrapf(ErrZeroWeight, "miner %d", id)
		case weight > scorehash.MaxWeight:
			return errorsmod.Wrapf(ErrWeightTooLarge, "miner %d has %d", id, weight)
		}
	}
	if len(evidenceRoot) != scorehash.RootSize {
		return errorsmod.Wrapf(ErrEvidenceRootInvalid, "it has %d bytes", len(evidenceRoot))
	}
	if items == 0 && len(ids) > 0 {
		return errorsmod.Wrapf(ErrNoEvidence, "%d weights and 0 items", len(ids))
	}
	return nil
}

// ValidateBasic checks the shape of the row, and the salt.
func (m *MsgRevealScores) ValidateBasic() error {
	if err := checkRow(m.MinerIds, m.Weights, m.EvidenceRoot, m.Items); err != nil {
		return err
	}
	if n := len(m.Salt); n < scorehash.MinSaltSize || n > scorehash.MaxSaltSize {
		return errorsmod.Wrapf(ErrSaltInvalid, "it has %d bytes", n)
	}
	return nil
}

// ValidateBasic checks the reason, which may be empty.
func (m *MsgPauseSubnet) ValidateBasic() error {
	if err := checkText("reason", m.Reason, MaxReasonBytes); err != nil {
		return errorsmod.Wrap(ErrTextInvalid, err.Error())
	}
	return nil
}

// ValidateBasic checks the parameters against their ranges.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }

// checkEndpoint returns what keeps raw from being a miner's base URL, or "".
func checkEndpoint(raw string) string {
	l, wrong := parseLink(raw)
	switch {
	case wrong != "":
		return wrong
	case l.user:
		return "user info does not belong there"
	case l.query:
		return "a query does not belong there"
	case l.fragment:
		return "a fragment does not belong there"
	}
	return ""
}

// textError says what is wrong with a text field.
type textError string

// Error returns the message.
func (e textError) Error() string { return string(e) }

// checkText refuses text that is too long, not UTF-8 or holds control characters.
func checkText(field, text string, maxBytes int) error {
	if len(text) > maxBytes {
		return textError("the " + field + " is too long")
	}
	if !utf8.ValidString(text) {
		return textError("the " + field + " is not valid UTF-8")
	}
	for _, r := range text {
		if (r < ' ' && r != '\n') || r == 0x7f {
			return textError("the " + field + " holds a control character")
		}
	}
	return nil
}

// clip and clipText keep what a sender wrote from filling an error message.
func clip(b []byte) []byte { return b[:min(len(b), sha256.Size)] }

func clipText(s string) string { return s[:min(len(s), 64)] }
