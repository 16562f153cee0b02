package chainclient

import (
	"context"
	"errors"
	"fmt"

	protov1 "github.com/cosmos/gogoproto/proto"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	querytypes "github.com/cosmos/cosmos-sdk/types/query"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Conn carries generated query clients over ABCI queries, all at one height.
type Conn struct {
	client *Client
	height int64
}

var _ grpc.ClientConnInterface = (*Conn)(nil)

// At is a connection that reads the state after the block at height; 0 reads the newest state, which may differ from
// one call to the next.
func (c *Client) At(height int64) *Conn { return &Conn{client: c, height: height} }

// Subnet is the query client of x/subnet at a height (0: newest).
func (c *Client) Subnet(height int64) subnettypes.QueryClient {
	return subnettypes.NewQueryClient(c.At(height))
}

// Rewards is the query client of x/rewards at a height (0: newest).
func (c *Client) Rewards(height int64) rewardstypes.QueryClient {
	return rewardstypes.NewQueryClient(c.At(height))
}

// Invoke implements the connection for unary queries. The full method name is the path of the ABCI query.
func (c *Conn) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	request, err := marshal(args)
	if err != nil {
		return fmt.Errorf("query %s: %w", method, err)
	}
	response, err := c.client.query(ctx, method, request, c.height)
	if err != nil {
		return err
	}
	if err := unmarshal(response.Value, reply); err != nil {
		return fmt.Errorf("query %s: the answer cannot be decoded; does this program fit the chain's version? %w", method, err)
	}
	return nil
}

// NewStream is there for the interface; no query of the chain streams.
func (c *Conn) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("streams do not go through ABCI queries")
}

func (c *Client) query(ctx context.Context, path string, data []byte, height int64) (queryResult, error) {
	var response queryResult
	err := c.do(ctx, func(ctx context.Context, rpc *rpcClient) (err error) {
		response, err = rpc.abciQuery(ctx, path, data, height)
		return err
	})
	return response, err
}

// marshal encodes a message of either protobuf runtime.
func marshal(message any) ([]byte, error) {
	switch m := message.(type) {
	case interface{ Marshal() ([]byte, error) }:
		return m.Marshal()
	case proto.Message:
		return proto.MarshalOptions{Deterministic: true}.Marshal(m)
	default:
		return nil, fmt.Errorf("%T is not a protobuf message", message)
	}
}

func unmarshal(data []byte, message any) error {
	switch m := message.(type) {
	case protov1.Unmarshaler:
		protov1.Message.Reset(message.(protov1.Message))
		return m.Unmarshal(data)
	case proto.Message:
		return proto.Unmarshal(data, m)
	default:
		return fmt.Errorf("%T is not a protobuf message", message)
	}
}

// pageSize is how many objects one page of a listing asks for.
const pageSize = 500

// maxPages bounds a listing, so that an endpoint cannot keep a daemon reading for ever.
const maxPages = 1000

// Miners reads all miners of a subnet at a height, by ascending slot.
func (c *Client) Miners(ctx context.Context, height int64, netuid uint32) ([]subnettypes.Miner, error) {
	var miners []subnettypes.Miner
	query := c.Subnet(height)
	err := eachPage(func(page *querytypes.PageRequest) (*querytypes.PageResponse, error) {
		response, err := query.Miners(ctx, &subnettypes.QueryMinersRequest{Netuid: netuid, Pagination: page})
		if err != nil {
			return nil, err
		}
		miners = append(miners, response.Miners...)
		return response.Pagination, nil
	})
	return miners, err
}

// Subnets reads all subnets at a height.
func (c *Client) Subnets(ctx context.Context, height int64) ([]subnettypes.Subnet, error) {
	var subnets []subnettypes.Subnet
	query := c.Subnet(height)
	err := eachPage(func(page *querytypes.PageRequest) (*querytypes.PageResponse, error) {
		response, err := query.Subnets(ctx, &subnettypes.QuerySubnetsRequest{Pagination: page})
		if err != nil {
			return nil, err
		}
		subnets = append(subnets, response.Subnets...)
		return response.Pagination, nil
	})
	return subnets, err
}

// Commits reads all commits of an epoch of a subnet at a height, by benchmark and hotkey.
func (c *Client) Commits(ctx context.Context, height int64, netuid uint32, epoch uint64) ([]subnettypes.ScoreCommit, error) {
	var commits []subnettypes.ScoreCommit
	query := c.Subnet(height)
	err := eachPage(func(page *querytypes.PageRequest) (*querytypes.PageResponse, error) {
		response, err := query.Commits(ctx, &subnettypes.QueryCommitsRequest{Netuid: netuid, Epoch: epoch, Pagination: page})
		if err != nil {
			return nil, err
		}
		commits = append(commits, response.Commits...)
		return response.Pagination, nil
	})
	return commits, err
}

// ScoringRecords reads what each hotkey did and missed on each benchmark of a subnet at a height, by hotkey and benchmark.
func (c *Client) ScoringRecords(ctx context.Context, height int64, netuid uint32) ([]subnettypes.ScoringRecord, error) {
	var records []subnettypes.ScoringRecord
	query := c.Subnet(height)
	err := eachPage(func(page *querytypes.PageRequest) (*querytypes.PageResponse, error) {
		response, err := query.ScoringRecords(ctx, &subnettypes.QueryScoringRecordsRequest{Netuid: netuid, Pagination: page})
		if err != nil {
			return nil, err
		}
		records = append(records, response.Records...)
		return response.Pagination, nil
	})
	return records, err
}

// BenchmarkVersion reads a version of a subnet's benchmark with its spec; version 0 is the newest.
func (c *Client) BenchmarkVersion(ctx context.Context, netuid, benchmark, version uint32) (subnettypes.BenchmarkVersion, error) {
	response, err := c.Subnet(0).Benchmark(ctx, &subnettypes.QueryBenchmarkRequest{Netuid: netuid, Benchmark: benchmark, Version: version})
	if err != nil {
		return subnettypes.BenchmarkVersion{}, err
	}
	return response.Benchmark, nil
}

// Scores names what a hotkey made for one benchmark in one epoch of a subnet.
type Scores struct {
	Netuid    uint32
	Epoch     uint64
	Benchmark uint32
	Hotkey    string
}

// Commit reads a commit at a height, and whether there is one.
func (c *Client) Commit(ctx context.Context, height int64, of Scores) (commit subnettypes.ScoreCommit, found bool, err error) {
	response, err := c.Subnet(height).Commit(ctx, &subnettypes.QueryCommitRequest{
		Netuid: of.Netuid, Epoch: of.Epoch, Benchmark: of.Benchmark, Hotkey: of.Hotkey,
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return subnettypes.ScoreCommit{}, false, nil
	case err != nil:
		return subnettypes.ScoreCommit{}, false, err
	}
	return response.Commit, true, nil
}

// Row reads a row that was opened, or set in the open, as of a height, and whether there is one.
func (c *Client) Row(ctx context.Context, height int64, of Scores) (row subnettypes.ScoreRow, found bool, err error) {
	response, err := c.Subnet(height).Row(ctx, &subnettypes.QueryRowRequest{
		Netuid: of.Netuid, Epoch: of.Epoch, Benchmark: of.Benchmark, Hotkey: of.Hotkey,
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return subnettypes.ScoreRow{}, false, nil
	case err != nil:
		return subnettypes.ScoreRow{}, false, err
	}
	return response.Row, true, nil
}

// PastEpoch reads an epoch of a subnet by its number as of a height, and whether it is kept there.
func (c *Client) PastEpoch(ctx context.Context, height int64, netuid uint32, index uint64) (epoch subnettypes.Epoch, found bool, err error) {
	response, err := c.Subnet(height).PastEpoch(ctx, &subnettypes.QueryPastEpochRequest{Netuid: netuid, Index: index})
	switch {
	case errors.Is(err, ErrNotFound):
		return subnettypes.Epoch{}, false, nil
	case err != nil:
		return subnettypes.Epoch{}, false, err
	}
	return response.Epoch, true, nil
}

func eachPage(read func(page *querytypes.PageRequest) (*querytypes.PageResponse, error)) error {
	page := &querytypes.PageRequest{Limit: pageSize}
	for range maxPages {
		next, err := read(page)
		if err != nil {
			return err
		}
		if next == nil || len(next.NextKey) == 0 {
			return nil
		}
		page = &querytypes.PageRequest{Key: next.NextKey, Limit: pageSize}
	}
	return fmt.Errorf("listing does not end after %d pages", maxPages)
}
