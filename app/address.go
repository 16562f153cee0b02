package app

import (
	"fmt"

	"cosmossdk.io/core/address"

	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	sdkaddress "github.com/cosmos/cosmos-sdk/types/address"
	"github.com/cosmos/cosmos-sdk/types/bech32"
)

// bech32Codec reads and writes addresses as the SDK's codec does, which however looks up the
// process's own path for every address it reads: a system call that an end-block would make hundreds
// of times.
type bech32Codec struct {
	address.Codec
	prefix string
}

func newBech32Codec(prefix string) address.Codec {
	return bech32Codec{Codec: addresscodec.NewBech32Codec(prefix), prefix: prefix}
}

// StringToBytes implements address.Codec.
func (c bech32Codec) StringToBytes(text string) ([]byte, error) {
	prefix, raw, err := bech32.DecodeAndConvert(text)
	if err != nil {
		return nil, err
	}
	if prefix != c.prefix {
		return nil, fmt.Errorf("the address begins with %q, want %q", prefix, c.prefix)
	}
	if len(raw) == 0 || len(raw) > sdkaddress.MaxAddrLen {
		return nil, fmt.Errorf("the address has %d bytes, want 1 to %d", len(raw), sdkaddress.MaxAddrLen)
	}
	return raw, nil
}
