package cursor_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/cursor"
)

var errEncoding = errors.New("not canonical")

func TestWhatWasAppendedIsReadBack(t *testing.T) {
	data := append([]byte("magic\x01"), 7, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 9)
	data = cursor.AppendCounted(data, "text")
	data = append(data, make([]byte, 32)...)
	c := cursor.New(data, errEncoding)
	c.Magic("magic", "thing")
	c.Format(1)
	require.EqualValues(t, 7, c.Uint8("a"))
	require.EqualValues(t, 8, c.Uint32("b"))
	require.EqualValues(t, 9, c.Uint64("c"))
	require.Equal(t, "text", string(c.Counted(4, "d")))
	require.Equal(t, 32, c.Left())
	require.Zero(t, c.Digest("e"))
	require.NoError(t, c.End())
	require.Equal(t, len(data), c.At())
}

func TestTheFirstFailureIsToldWithItsPlaceAndNothingIsReadAfterIt(t *testing.T) {
	for name, c := range map[string]struct {
		data   string
		read   func(c *cursor.Cursor)
		reason string
	}{
		"another magic":    {"magik", func(c *cursor.Cursor) { c.Magic("magic", "thing") }, "at byte 0: this is no thing"},
		"another format":   {"\x02", func(c *cursor.Cursor) { c.Format(1) }, "at byte 0: format 2, known is 1"},
		"no format":        {"", func(c *cursor.Cursor) { c.Format(1) }, "format needs 1 bytes, 0 are left"},
		"cut off":          {"abc", func(c *cursor.Cursor) { c.Uint32("number") }, "number needs 4 bytes, 3 are left"},
		"too long":         {"\x00\x00\x00\x05abcde", func(c *cursor.Cursor) { c.Counted(4, "text") }, "text has 5 bytes, at most 4"},
		"left over":        {"ab", func(c *cursor.Cursor) { c.Uint8("a") }, "at byte 1: 1 bytes follow the end"},
		"a second failure": {"a", func(c *cursor.Cursor) { c.Fail("first"); c.Fail("second") }, "first"},
	} {
		t.Run(name, func(t *testing.T) {
			reader := cursor.New([]byte(c.data), errEncoding)
			c.read(&reader)
			err := reader.End()
			require.ErrorIs(t, err, errEncoding)
			require.ErrorContains(t, err, c.reason)
			if name != "left over" {
				require.Equal(t, err, reader.Err())
				require.Zero(t, reader.Uint64("more"))
				require.Zero(t, reader.Digest("more"))
				require.Zero(t, reader.Uint8("more"))
			}
		})
	}
}
