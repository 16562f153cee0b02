package wire

import "encoding/binary"

// Domain is the first field of every preimage and the value of the Agora-Version header. It names the format: another
// format gets another domain, so that a signature can never be read under two meanings.
const Domain = "agora/1"

const (
	kindRequest = "request"
	kindReceipt = "receipt"
)

// preimage accumulates fields, each preceded by its length as a 32-bit big-endian integer. No two different lists of
// fields give the same bytes, whatever the fields contain.
//
// Every preimage starts with the bytes 00 00 00 07. A protobuf message cannot start with a zero byte and JSON starts
// with a brace, so the bytes signed here are never the sign bytes of a transaction of the same key.
type preimage []byte

// usualPreimage is more than most have, in bytes.
const usualPreimage = 448

func newPreimage(kind string) preimage {
	return make(preimage, 0, usualPreimage).text(Domain).text(kind)
}

func (p preimage) bytes(field []byte) preimage {
	p = binary.BigEndian.AppendUint32(p, uint32(len(field))) //nolint:gosec // fields are bounded far below 4 GiB
	return append(p, field...)
}

func (p preimage) text(field string) preimage {
	p = binary.BigEndian.AppendUint32(p, uint32(len(field))) //nolint:gosec // fields are bounded far below 4 GiB
	return append(p, field...)
}

func (p preimage) uint32(field uint32) preimage {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(p, 4), field)
}

func (p preimage) uint64(field uint64) preimage {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(p, 8), field)
}
