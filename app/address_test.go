package app

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
)

func TestAddressesAreReadAsTheSDKReadsThem(t *testing.T) {
	ours, theirs := newBech32Codec("agora"), addresscodec.NewBech32Codec("agora")
	write := func(prefix string, size int) string {
		text, err := addresscodec.NewBech32Codec(prefix).BytesToString(make([]byte, size))
		require.NoError(t, err)
		return text
	}
	for name, text := range map[string]string{
		"an account":          write("agora", 20),
		"a module account":    write("agora", 32),
		"the longest":         write("agora", 255),
		"too long":            write("agora", 256),
		"another prefix":      write("cosmos", 20),
		"an operator":         write("agoravaloper", 20),
		"upper case":          strings.ToUpper(write("agora", 20)),
		"mixed case":          "A" + write("agora", 20)[1:],
		"nothing":             "",
		"blanks":              "  ",
		"no address":          "agora1",
		"a wrong checksum":    write("agora", 20) + "q",
		"blanks around it":    " " + write("agora", 20),
		"bytes that are none": "agora1\x00",
	} {
		t.Run(name, func(t *testing.T) {
			want, wantErr := theirs.StringToBytes(text)
			got, err := ours.StringToBytes(text)
			require.Equal(t, wantErr == nil, err == nil, "the SDK says %v, we say %v", wantErr, err)
			if err == nil {
				require.Equal(t, want, got)
				back, err := ours.BytesToString(got)
				require.NoError(t, err)
				require.Equal(t, strings.ToLower(text), back)
			}
		})
	}
}
