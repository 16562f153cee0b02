package chainclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/chainclient/chaintest"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const chainID = "agora-test-1"

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestAPasswordInAnEndpointIsNeverShown(t *testing.T) {
	client, err := chainclient.New(chainclient.Config{ChainID: chainID, Endpoints: []string{"http://user:s3cret@127.0.0.1:1"}})
	require.NoError(t, err)
	_, err = client.Latest(t.Context())
	require.ErrorIs(t, err, chainclient.ErrUnreachable)
	require.NotContains(t, err.Error(), "s3cret")
	report := client.Health(t.Context())[0]
	require.NotContains(t, report.URL+report.Err.Error(), "s3cret")
	_, err = chainclient.New(chainclient.Config{ChainID: chainID, Endpoints: []string{"ftp://user:s3cret@a"}})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "s3cret")
}

func newClient(t *testing.T, clock *clock, nodes ...*chaintest.Node) *chainclient.Client {
	t.Helper()
	config := chainclient.Config{
		ChainID: chainID, MinPoll: time.Millisecond, MaxPoll: 2 * time.Millisecond,
		MaxResponse: 1 << 20, RequestTimeout: 5 * time.Second,
	}
	if clock != nil {
		config.Now = clock.Now
	}
	for _, node := range nodes {
		config.Endpoints = append(config.Endpoints, node.URL())
	}
	client, err := chainclient.New(config)
	require.NoError(t, err)
	return client
}

func TestConfigurationIsCheckedBeforeAnythingIsSent(t *testing.T) {
	for name, test := range map[string]struct {
		config chainclient.Config
		want   string
	}{
		"a chain id is needed":         {chainclient.Config{Endpoints: []string{"http://127.0.0.1:1"}}, "no chain id"},
		"an endpoint is needed":        {chainclient.Config{ChainID: chainID}, "no endpoints"},
		"an endpoint must be a URL":    {chainclient.Config{ChainID: chainID, Endpoints: []string{"localhost:26657"}}, "is not a URL"},
		"other schemes are refused":    {chainclient.Config{ChainID: chainID, Endpoints: []string{"ftp://host"}}, "is not a URL"},
		"control characters are bad":   {chainclient.Config{ChainID: chainID, Endpoints: []string{"http://a\x00b"}}, "is not a URL"},
		"the good one does not hide a": {chainclient.Config{ChainID: chainID, Endpoints: []string{"http://127.0.0.1:1", ""}}, "is not a URL"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := chainclient.New(test.config)
			require.ErrorContains(t, err, test.want)
		})
	}
	_, err := chainclient.New(chainclient.Config{ChainID: chainID, Endpoints: []string{"tcp://127.0.0.1:26657"}})
	require.NoError(t, err, "CometBFT's own spelling is understood")
}

func TestUnusableNodesAreNamedWithWhatToDo(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(node *chaintest.Node)
		want  error
		text  string
	}{
		"a node of another chain": {func(n *chaintest.Node) { n.SetChainID("other-7") }, chainclient.ErrWrongChain, `it is on "other-7", configured is "agora-test-1"`},
		"a node that catches up":  {func(n *chaintest.Node) { n.SetCatchingUp(true) }, chainclient.ErrCatchingUp, "wait until"},
		"a node without blocks":   {func(n *chaintest.Node) { n.SetHeight(0) }, chainclient.ErrUnreachable, "no block yet"},
		"something that is not a node": {func(n *chaintest.Node) {
			n.Break(func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>") })
		}, chainclient.ErrUnreachable, "is this a CometBFT RPC endpoint?"},
		"an endless answer": {func(n *chaintest.Node) {
			n.Break(func(w http.ResponseWriter) {
				for range 64 {
					if _, err := w.Write(make([]byte, 1<<16)); err != nil {
						return
					}
				}
			})
		}, chainclient.ErrUnreachable, "larger than 1048576 bytes"},
		"an answer without content": {func(n *chaintest.Node) {
			n.Break(func(w http.ResponseWriter) { _, _ = io.WriteString(w, "{}") })
		}, chainclient.ErrUnreachable, "neither result nor error"},
	} {
		t.Run(name, func(t *testing.T) {
			node := chaintest.NewNode(t, chainID)
			test.spoil(node)
			_, err := newClient(t, nil, node).Latest(t.Context())
			require.ErrorIs(t, err, test.want)
			require.ErrorIs(t, err, chainclient.ErrUnreachable)
			require.ErrorContains(t, err, test.text)
			require.ErrorContains(t, err, node.URL(), "the endpoint is named")
		})
	}
}

func TestTheClientMovesToTheNextEndpointAndStaysThere(t *testing.T) {
	first, second := chaintest.NewNode(t, chainID), chaintest.NewNode(t, chainID)
	first.SetHeight(7)
	second.SetHeight(7)
	client := newClient(t, newClock(), first, second)
	_, err := client.Latest(t.Context())
	require.NoError(t, err)
	require.Zero(t, second.Calls("abci_info"), "the preferred endpoint is used while it works")

	first.Break(func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) })
	second.SetHeight(8)
	block, err := client.Latest(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(8), block.Height)

	first.Break(nil)
	calls := first.Calls("abci_info")
	_, err = client.Latest(t.Context())
	require.NoError(t, err)
	require.Equal(t, calls, first.Calls("abci_info"), "it does not jump back and forth")
}

func TestANodeThatFallsBehindWhatWasSeenIsLeft(t *testing.T) {
	clock := newClock()
	first, second := chaintest.NewNode(t, chainID), chaintest.NewNode(t, chainID)
	first.SetHeight(100)
	second.SetHeight(101)
	client := newClient(t, clock, first, second)
	_, err := client.Latest(t.Context())
	require.NoError(t, err)
	first.SetHeight(50)
	clock.Add(chainclient.DefaultCheckEvery + time.Second)
	block, err := client.Latest(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(101), block.Height)
}

func TestAStuckNodeIsLeftForOneThatIsAhead(t *testing.T) {
	first, second := chaintest.NewNode(t, chainID), chaintest.NewNode(t, chainID)
	client := newClient(t, newClock(), first, second)
	_, err := client.Latest(t.Context())
	require.NoError(t, err)
	second.SetHeight(30)
	client.PreferHighest(t.Context())
	block, err := client.Latest(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(30), block.Height)
}

func TestHealthReportsEveryEndpoint(t *testing.T) {
	good, bad := chaintest.NewNode(t, chainID), chaintest.NewNode(t, "other")
	reports := newClient(t, nil, bad, good).Health(t.Context())
	require.Len(t, reports, 2)
	require.ErrorIs(t, reports[0].Err, chainclient.ErrWrongChain)
	require.NoError(t, reports[1].Err)
	require.Equal(t, good.URL(), reports[1].URL)
}

func TestQueriesCarryTheirHeightAndTheirRefusal(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.SetHeight(20)
	node.OnQuery("/agora.subnet.v1.Query/Epoch", func(height int64, request []byte) chaintest.Result {
		var query subnettypes.QueryEpochRequest
		if err := query.Unmarshal(request); err != nil {
			return chaintest.Result{Code: 2, Codespace: "sdk", Log: err.Error()}
		}
		if query.Netuid != 3 {
			return chaintest.NotFound()
		}
		data, _ := (&subnettypes.QueryEpochResponse{Epoch: subnettypes.Epoch{Netuid: 3, Index: uint64(height)}, Height: height}).Marshal()
		return chaintest.Result{Data: data}
	})
	client := newClient(t, nil, node)
	for _, height := range []int64{0, 12, 20} {
		want := height
		if want == 0 {
			want = 20
		}
		response, err := client.Subnet(height).Epoch(t.Context(), &subnettypes.QueryEpochRequest{Netuid: 3})
		require.NoError(t, err)
		require.Equal(t, want, response.Height)
	}
	_, err := client.Subnet(0).Epoch(t.Context(), &subnettypes.QueryEpochRequest{Netuid: 4})
	require.ErrorIs(t, err, chainclient.ErrNotFound)
	_, err = client.Subnet(21).Epoch(t.Context(), &subnettypes.QueryEpochRequest{Netuid: 3})
	require.ErrorIs(t, err, chainclient.ErrHeight)
	_, err = client.Subnet(0).Subnet(t.Context(), &subnettypes.QuerySubnetRequest{Netuid: 3})
	var refused *chainclient.QueryError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "/agora.subnet.v1.Query/Subnet", refused.Path)
}

func TestAQueryGoesToAnEndpointThatHasTheHeight(t *testing.T) {
	answer := func(height int64, _ []byte) chaintest.Result {
		data, _ := (&subnettypes.QueryBeaconResponse{Height: height}).Marshal()
		return chaintest.Result{Data: data}
	}
	slow, fast := chaintest.NewNode(t, chainID), chaintest.NewNode(t, chainID)
	for _, node := range []*chaintest.Node{slow, fast} {
		node.OnQuery("/agora.subnet.v1.Query/Beacon", answer)
	}
	slow.SetHeight(9)
	fast.SetHeight(10)
	response, err := newClient(t, nil, slow, fast).Subnet(10).Beacon(t.Context(), &subnettypes.QueryBeaconRequest{})
	require.NoError(t, err)
	require.Equal(t, int64(10), response.Height)
}

func TestListingsAreReadPageByPageAndBounded(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	pages := 0
	node.OnQuery("/agora.subnet.v1.Query/Miners", func(_ int64, request []byte) chaintest.Result {
		var query subnettypes.QueryMinersRequest
		if err := query.Unmarshal(request); err != nil {
			return chaintest.Result{Code: 2, Codespace: "sdk", Log: err.Error()}
		}
		pages++
		response := subnettypes.QueryMinersResponse{Miners: []subnettypes.Miner{{MinerId: uint64(pages)}}}
		response.Pagination = pageResponse(query.Netuid == 9 || pages < 3)
		data, _ := response.Marshal()
		return chaintest.Result{Data: data}
	})
	client := newClient(t, nil, node)
	miners, err := client.Miners(t.Context(), 0, 1)
	require.NoError(t, err)
	require.Len(t, miners, 3)
	_, err = client.Miners(t.Context(), 0, 9)
	require.ErrorContains(t, err, "does not end")
}

func TestCommitsAndRecordsOfAllBenchmarksAreReadPageByPage(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	var commitPages, recordPages uint32
	node.OnQuery("/agora.subnet.v1.Query/Commits", func(_ int64, request []byte) chaintest.Result {
		var query subnettypes.QueryCommitsRequest
		if err := query.Unmarshal(request); err != nil || query.Epoch != 4 {
			return chaintest.NotFound()
		}
		response := subnettypes.QueryCommitsResponse{Commits: []subnettypes.ScoreCommit{{Benchmark: commitPages}}}
		commitPages++
		response.Pagination = pageResponse(commitPages < 3)
		data, _ := response.Marshal()
		return chaintest.Result{Data: data}
	})
	node.OnQuery("/agora.subnet.v1.Query/ScoringRecords", func(int64, []byte) chaintest.Result {
		response := subnettypes.QueryScoringRecordsResponse{Records: []subnettypes.ScoringRecord{{Benchmark: recordPages}}}
		recordPages++
		response.Pagination = pageResponse(recordPages < 2)
		data, _ := response.Marshal()
		return chaintest.Result{Data: data}
	})
	client := newClient(t, nil, node)
	commits, err := client.Commits(t.Context(), 0, 1, 4)
	require.NoError(t, err)
	require.Len(t, commits, 3)
	require.EqualValues(t, 2, commits[2].Benchmark)
	_, err = client.Commits(t.Context(), 0, 1, 5)
	require.ErrorIs(t, err, chainclient.ErrNotFound)
	records, err := client.ScoringRecords(t.Context(), 0, 1)
	require.NoError(t, err)
	require.Len(t, records, 2)
}

func TestBlocksAreDeliveredInOrderAndGapsAreFilled(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.SetHeight(5)
	client := newClient(t, nil, node)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var heights []int64
	var troubles []error
	err := client.Follow(ctx, chainclient.FollowOptions{OnTrouble: func(err error) {
		troubles = append(troubles, err)
		node.Break(nil)
	}}, func(_ context.Context, block chainclient.FollowedBlock) error {
		heights = append(heights, block.Height)
		require.Equal(t, node.TimeAt(block.Height), block.Time.UTC())
		switch block.Height {
		case 5:
			require.True(t, block.Newest)
			node.Advance(3) // while the daemon was busy
		case 6, 7:
			require.False(t, block.Newest)
		case 8:
			require.True(t, block.Newest)
			node.Advance(1)
			node.Break(func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) })
		case 9:
			node.Advance(1000)
		case 1009:
			return errDone
		default:
			if block.Skipped > 0 {
				heights = heights[:len(heights)-1]
				require.Equal(t, int64(1000-128), block.Skipped)
			}
		}
		return nil
	})
	require.ErrorIs(t, err, errDone)
	require.Equal(t, []int64{5, 6, 7, 8, 9}, heights[:5])
	require.Equal(t, int64(1009), heights[len(heights)-1])
	require.GreaterOrEqual(t, len(troubles), 2)
	require.ErrorIs(t, troubles[0], chainclient.ErrUnreachable)
	require.NoError(t, troubles[len(troubles)-1], "it says when the chain is back")
	require.Equal(t, time.Second, client.BlockInterval().Round(time.Second))
}

var errDone = errors.New("done")

func TestFollowingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := newClient(t, nil, chaintest.NewNode(t, chainID))
	err := client.Follow(ctx, chainclient.FollowOptions{}, func(context.Context, chainclient.FollowedBlock) error {
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
}

func TestPricesAreExactAndRoundedUp(t *testing.T) {
	for text, want := range map[string]string{"0.001uagora": "", "0uagora": "", "": "", "1.5uagora": "", "x": "gas price", "1": "gas price", "-1uagora": "gas price", "0.1uagora;": "gas price"} {
		_, err := chainclient.ParsePrice(text)
		if want == "" {
			require.NoError(t, err, text)
		} else {
			require.ErrorContains(t, err, want, text)
		}
	}
}

func ExampleClient_Subnet() {
	client, err := chainclient.New(chainclient.Config{ChainID: "agora-1", Endpoints: []string{"http://127.0.0.1:26657"}})
	if err != nil {
		panic(err)
	}
	fmt.Println(client.ChainID())
	// client.Subnet(height).Epoch(ctx, &subnettypes.QueryEpochRequest{Netuid: 1}) reads the epoch at a height.
	// Output: agora-1
}
