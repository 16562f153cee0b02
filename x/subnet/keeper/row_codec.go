package keeper

import (
	"encoding/binary"
	"fmt"

	"cosmossdk.io/collections/codec"

	sdkcodec "github.com/cosmos/cosmos-sdk/codec"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/subnet/types"
)

// rowCodec stores a row with its identities and weights packed: an epoch reads hundreds of rows of
// thousands of entries in one block, which as protobuf varints cost as much as the epoch's arithmetic.
//
//	varint   length of the message
//	         the message without miner_ids and weights
//	         packed list of miner_id -> weight
type rowCodec struct {
	// The protobuf codec, for JSON and names.
	codec.ValueCodec[types.ScoreRow]
}

func newRowCodec(cdc sdkcodec.BinaryCodec) rowCodec {
	return rowCodec{ValueCodec: sdkcodec.CollValue[types.ScoreRow](cdc)}
}

// Encode implements codec.ValueCodec.
func (c rowCodec) Encode(row types.ScoreRow) ([]byte, error) {
	list, err := packed.Encode(row.MinerIds, row.Weights)
	if err != nil {
		return nil, fmt.Errorf("row of %s: %w", row.Hotkey, err)
	}
	row.MinerIds, row.Weights = nil, nil
	message, err := c.ValueCodec.Encode(row)
	if err != nil {
		return nil, err
	}
	out := binary.AppendUvarint(make([]byte, 0, binary.MaxVarintLen64+len(message)+len(list)), uint64(len(message)))
	return append(append(out, message...), list...), nil
}

// Decode implements codec.ValueCodec. It refuses what Encode does not produce.
func (c rowCodec) Decode(data []byte) (types.ScoreRow, error) { return c.decode(data, packed.Decode32) }

// info reads what a row says of itself, without decoding its entries.
func (c rowCodec) info(data []byte) (types.RowInfo, error) {
	row, list, err := c.message(data)
	if err != nil {
		return types.RowInfo{}, err
	}
	entries, err := packed.Count(list)
	if err != nil {
		return types.RowInfo{}, fmt.Errorf("%w: row of %s: %w", codec.ErrEncoding, row.Hotkey, err)
	}
	return types.RowInfo{
		Hotkey: row.Hotkey, Validator: row.Validator, Benchmark: row.Benchmark, BenchmarkVersion: row.BenchmarkVersion,
		Entries: uint32(entries), EvidenceRoot: row.EvidenceRoot, Items: row.Items, Height: row.Height,
	}, nil
}

// message reads a row without its columns, and what holds these.
func (c rowCodec) message(data []byte) (row types.ScoreRow, list []byte, err error) {
	size, n := binary.Uvarint(data)
	if n <= 0 || size > uint64(len(data)-n) {
		return row, nil, fmt.Errorf("%w: a row of %d bytes is cut short", codec.ErrEncoding, len(data))
	}
	end := n + int(size)
	if row, err = c.ValueCodec.Decode(data[n:end]); err != nil {
		return row, nil, err
	}
	if len(row.MinerIds) > 0 || len(row.Weights) > 0 {
		return row, nil, fmt.Errorf("%w: a row's columns are packed", codec.ErrEncoding)
	}
	return row, data[end:], nil
}

// decode reads a row, its columns by means of columns.
func (c rowCodec) decode(data []byte, columns func([]byte) ([]uint64, []uint32, error)) (types.ScoreRow, error) {
	row, list, err := c.message(data)
	if err != nil {
		return types.ScoreRow{}, err
	}
	ids, weights, err := columns(list)
	if err != nil {
		return types.ScoreRow{}, fmt.Errorf("%w: row of %s: %w", codec.ErrEncoding, row.Hotkey, err)
	}
	if len(ids) > 0 {
		row.MinerIds, row.Weights = ids, weights
	}
	return row, nil
}
