package human

import (
	"fmt"
	"time"

	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	querytypes "github.com/cosmos/cosmos-sdk/types/query"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	pageSize = 1_000
	// maxPages bounds a listing, so that a node cannot keep a command reading for ever.
	maxPages = 1_000
)

// chain reads the state after one block.
type chain struct {
	*request
	client.Context
	height int64
	time   time.Time
}

// chain connects to the node and fixes the height of all questions that follow.
func (r *request) chain() (*chain, error) {
	clientCtx, err := client.GetClientQueryContext(r.cmd)
	if err != nil {
		return nil, err
	}
	return r.pinned(clientCtx)
}

func (r *request) pinned(clientCtx client.Context) (*chain, error) {
	clientCtx = clientCtx.WithCmdContext(r.ctx)
	node, err := clientCtx.GetNode()
	if err != nil {
		return nil, usage("write it as tcp://HOST:PORT or https://HOST", "%q is not the address of a node: %v", clientCtx.NodeURI, err)
	}
	info, err := node.ABCIInfo(r.ctx) // not the status: a block may be stored before it is applied
	if err != nil {
		return nil, unreachable(clientCtx.NodeURI, err)
	}
	height := info.Response.LastBlockHeight
	if wish, _ := r.cmd.Flags().GetInt64(flags.FlagHeight); wish != 0 {
		if wish < 1 || wish > height {
			return nil, notFound(fmt.Sprintf("ask for 1 to %d, or leave --height out", height), "there is no block at height %d yet", wish)
		}
		height = wish
	}
	if height < 1 {
		return nil, notFound("wait for the first block", "the chain has no block yet")
	}
	headers, err := node.BlockchainInfo(r.ctx, height, height)
	if err != nil {
		return nil, err
	}
	if len(headers.BlockMetas) != 1 {
		return nil, notFound("ask for a height that the node keeps, or another node", "the node has no block at height %d any more", height)
	}
	c := &chain{request: r, Context: clientCtx.WithHeight(height), height: height, time: headers.BlockMetas[0].Header.Time}
	r.meta = &meta{Height: height, Time: c.time}
	return c, nil
}

func (c *chain) subnets() subnettypes.QueryClient  { return subnettypes.NewQueryClient(c.Context) }
func (c *chain) rewards() rewardstypes.QueryClient { return rewardstypes.NewQueryClient(c.Context) }

func (c *chain) subnet(netuid uint32) (subnettypes.Subnet, error) {
	response, err := c.subnets().Subnet(c.ctx, &subnettypes.QuerySubnetRequest{Netuid: netuid})
	if err != nil {
		return subnettypes.Subnet{}, err
	}
	return response.Subnet, nil
}

// votedSubnet is a subnet with its share of the votes, of 10^18.
type votedSubnet struct {
	subnettypes.Subnet
	votes uint64
}

func (c *chain) allSubnets() ([]votedSubnet, error) {
	var all []votedSubnet
	err := eachPage(func(page *querytypes.PageRequest) (*querytypes.PageResponse, error) {
		response, err := c.subnets().Subnets(c.ctx, &subnettypes.QuerySubnetsRequest{Pagination: page})
		if err != nil {
			return nil, err
		}
		for i, s := range response.Subnets {
			all = append(all, votedSubnet{s, at(response.VoteShares, i)})
		}
		return response.Pagination, nil
	})
	return all, err
}

func (c *chain) miners(netuid uint32) ([]subnettypes.Miner, error) {
	var all []subnettypes.Miner
	err := eachPage(func(page *querytypes.PageRequest) (*querytypes.PageResponse, error) {
		response, err := c.subnets().Miners(c.ctx, &subnettypes.QueryMinersRequest{Netuid: netuid, Pagination: page})
		if err != nil {
			return nil, err
		}
		all = append(all, response.Miners...)
		return response.Pagination, nil
	})
	return all, err
}

// results are the outcome of a subnet's last epoch, benchmark by benchmark; none before its first has closed.
func (c *chain) results(netuid uint32) ([]rewardstypes.EpochResult, error) {
	response, err := c.rewards().EpochResult(c.ctx, &rewardstypes.QueryEpochResultRequest{Netuid: netuid})
	if isRegistered(err, rewardstypes.ErrNoResult) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return response.Results, nil
}

// projections are what each subnet will have to pay, by netuid.
func (c *chain) projections(netuid uint32) (map[uint32]rewardstypes.ProjectedEmission, error) {
	response, err := c.rewards().ProjectedEmission(c.ctx, &rewardstypes.QueryProjectedEmissionRequest{Netuid: netuid})
	if err != nil {
		return nil, err
	}
	byNetuid := make(map[uint32]rewardstypes.ProjectedEmission, len(response.Subnets))
	for _, projection := range response.Subnets {
		byNetuid[projection.Netuid] = projection
	}
	return byNetuid, nil
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
	return fmt.Errorf("the listing does not end after %d pages: ask another node", maxPages)
}

// isRegistered tells whether a query failed with a registered error.
func isRegistered(err error, want *errorsmod.Error) bool {
	if err == nil {
		return false
	}
	known, ok := registeredIn(err)
	return ok && known.Code == fmt.Sprintf("%s/%d", want.Codespace(), want.ABCICode())
}
