package types

import (
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Bounds of what an owner says of its subnet.
const (
	MaxContactBytes = 128
	MaxNotesBytes   = 256
)

var (
	_ sdk.HasValidateBasic = (*MsgUpdateSubnetIdentity)(nil)
	_ sdk.HasValidateBasic = (*MsgUpdateSubnetParams)(nil)
)

// ValidateBasic checks the texts and the links.
func (m *MsgUpdateSubnetIdentity) ValidateBasic() error {
	if err := checkNames(m.Name, m.Description); err != nil {
		return err
	}
	return m.Details.validate()
}

// checkNames checks a subnet's name and description.
func checkNames(name, description string) error {
	if name == "" {
		return errorsmod.Wrap(ErrTextInvalid, "the name is empty")
	}
	if err := checkText("name", name, MaxNameBytes); err != nil {
		return errorsmod.Wrap(ErrTextInvalid, err.Error())
	}
	if err := checkText("description", description, MaxDescriptionBytes); err != nil {
		return errorsmod.Wrap(ErrTextInvalid, err.Error())
	}
	return nil
}

func (d SubnetDetails) validate() error {
	for _, l := range []struct{ field, raw string }{{"url", d.Url}, {"repository", d.Repository}, {"logo", d.Logo}} {
		if l.raw == "" {
			continue
		}
		if wrong := checkLink(l.raw); wrong != "" {
			return errorsmod.Wrapf(ErrLinkInvalid, "%s %q: %s", l.field, clipText(l.raw), wrong)
		}
	}
	if err := checkText("contact", d.Contact, MaxContactBytes); err != nil {
		return errorsmod.Wrap(ErrTextInvalid, err.Error())
	}
	if err := checkText("notes", d.Hardware.Notes, MaxNotesBytes); err != nil {
		return errorsmod.Wrap(ErrTextInvalid, err.Error())
	}
	return nil
}

// ValidateBasic checks that the fields name parameters, each once, and their values against their ranges. Against each other
// they are checked when the other values are known.
func (m *MsgUpdateSubnetParams) ValidateBasic() error {
	if len(m.Fields) == 0 {
		return errorsmod.Wrap(ErrFieldsInvalid, "no field is named")
	}
	if len(m.Fields) > len(SubnetParamSpecs) {
		return errorsmod.Wrapf(ErrFieldsInvalid, "%d fields, there are %d parameters", len(m.Fields), len(SubnetParamSpecs))
	}
	for i, field := range m.Fields {
		spec, ok := SubnetParamSpec(field)
		switch {
		case !ok:
			return errorsmod.Wrapf(ErrFieldsInvalid, "%q is no parameter", clipText(field))
		case slices.Contains(m.Fields[:i], field):
			return errorsmod.Wrapf(ErrFieldsInvalid, "%s is named twice", field)
		}
		if wrong := spec.Wrong(&m.Params); wrong != "" {
			return errorsmod.Wrap(ErrSubnetParamsInvalid, wrong)
		}
	}
	return nil
}
