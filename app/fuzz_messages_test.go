package app_test

import (
	"reflect"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// anyMessage draws a message of any type of our modules and fills it.
func (c *bazaar) anyMessage(ctx sdk.Context) sdk.Msg {
	kind := c.kinds[c.input.upTo(len(c.kinds))]
	resolved, err := c.Encoding().InterfaceRegistry.Resolve(kind)
	require.NoError(c.testing, err)
	c.fill(ctx, reflect.ValueOf(resolved).Elem(), "")
	return resolved
}

// fill gives a field a value that suits its name often enough, and then its Go type.
func (c *bazaar) fill(ctx sdk.Context, field reflect.Value, name string) {
	switch field.Kind() {
	case reflect.Pointer:
		if c.input.upTo(4) > 0 {
			field.Set(reflect.New(field.Type().Elem()))
			c.fill(ctx, field.Elem(), name)
		}
	case reflect.Struct:
		for i := range field.NumField() {
			if inner := field.Type().Field(i); inner.IsExported() {
				c.fill(ctx, field.Field(i), inner.Name)
			}
		}
	case reflect.Slice:
		size := c.input.upTo(4)
		if field.Type().Elem().Kind() == reflect.Uint8 {
			size = []int{32, 0, 33, 31}[size]
		}
		field.Set(reflect.MakeSlice(field.Type(), size, size))
		for i := range size {
			c.fill(ctx, field.Index(i), name)
		}
	case reflect.String:
		field.SetString(c.text(name))
	case reflect.Bool:
		field.SetBool(c.input.upTo(2) > 0)
	case reflect.Uint8, reflect.Uint32, reflect.Uint64, reflect.Int32, reflect.Int64:
		number := c.number(ctx, name)
		if field.CanUint() {
			field.SetUint(number)
		} else {
			field.SetInt(int64(number))
		}
	}
}

// text is an account for the fields that name one, and a word that could be anything for the others.
func (c *bazaar) text(name string) string {
	switch name {
	case "Authority":
		if c.input.upTo(4) > 0 {
			return governance
		}
	case "Endpoints", "Urls", "Url":
		return "https://m.example"
	case "Name", "Description", "Reason", "Protocols":
		return "some text"
	case "Field":
		return []string{"request.max_tokens", "weights.baseline_bp", "scorers[0].weight_bp", "no setting"}[c.input.upTo(4)]
	}
	if c.input.upTo(16) == 0 {
		return "agora1nonsense"
	}
	if name == "Operator" {
		return c.Operators[c.input.upTo(fuzzedOperators)].String()
	}
	return c.account().String()
}

// number is small, of the size of basis points, or any.
func (c *bazaar) number(ctx sdk.Context, name string) uint64 {
	switch name {
	case "Netuid", "Netuids":
		return uint64(c.netuid(ctx))
	case "MaxPrice", "MaxDeposit":
		return uint64(c.input.upTo(2)) * 20_000_000_000
	}
	switch c.input.upTo(8) {
	case 0:
		return 1<<64 - 1 - uint64(c.input.upTo(256))
	case 1, 2, 3:
		return uint64(c.input.upTo(12_000))
	default:
		return uint64(c.input.upTo(8))
	}
}

// changedParams is governance's change of one parameter of one of our modules.
func (c *bazaar) changedParams(ctx sdk.Context) sdk.Msg {
	change := func(params reflect.Value) {
		at := c.input.upTo(params.NumField())
		c.fill(ctx, params.Field(at), params.Type().Field(at).Name)
	}
	if c.input.upTo(2) == 0 {
		params, err := c.SubnetKeeper.Params.Get(ctx)
		require.NoError(c.testing, err)
		change(reflect.ValueOf(&params).Elem())
		return &subnettypes.MsgUpdateParams{Authority: governance, Params: params}
	}
	params, err := c.RewardsKeeper.Params.Get(ctx)
	require.NoError(c.testing, err)
	change(reflect.ValueOf(&params).Elem())
	return &rewardstypes.MsgUpdateParams{Authority: governance, Params: params}
}
