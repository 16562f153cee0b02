package types

import (
	"crypto/sha256"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Bounds of a committed model.
const (
	MaxFormatBytes = 32
	MaxModelURLs   = 8
)

var (
	_ sdk.HasValidateBasic = (*MsgCommitModel)(nil)
	_ sdk.HasValidateBasic = (*MsgBondMiner)(nil)
)

// ValidateBasic checks everything but the size's limit, which is the subnet's.
func (m *MsgCommitModel) ValidateBasic() error {
	return ModelCommitment{Digest: m.Digest, Format: m.Format, Size_: m.Size_, Urls: m.Urls}.validate()
}

func (c ModelCommitment) validate() error {
	if len(c.Digest) != sha256.Size {
		return errorsmod.Wrapf(ErrModelInvalid, "its digest has %d bytes", len(c.Digest))
	}
	if c.Format == "" {
		return errorsmod.Wrap(ErrModelInvalid, "its format is empty")
	}
	if err := checkText("format", c.Format, MaxFormatBytes); err != nil {
		return errorsmod.Wrap(ErrModelInvalid, err.Error())
	}
	if c.Size_ == 0 {
		return errorsmod.Wrap(ErrModelInvalid, "its size is 0")
	}
	if len(c.Urls) == 0 || len(c.Urls) > MaxModelURLs {
		return errorsmod.Wrapf(ErrModelInvalid, "it has %d urls", len(c.Urls))
	}
	for _, raw := range c.Urls {
		if wrong := checkLink(raw); wrong != "" {
			return errorsmod.Wrapf(ErrModelInvalid, "url %q: %s", clipText(raw), wrong)
		}
	}
	return nil
}

// ValidateBasic checks the amount.
func (m *MsgBondMiner) ValidateBasic() error {
	if m.Amount == 0 {
		return errorsmod.Wrap(ErrBondAmountInvalid, "the amount is 0")
	}
	return nil
}
