package onchain

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	sdkmath "cosmossdk.io/math"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/chainclient/chaintest"
	"github.com/agora-network/agora/miner"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const chainID = "agora-test-1"

type marshaler interface{ Marshal() ([]byte, error) }

func encoded(t *testing.T, message marshaler) []byte {
	t.Helper()
	data, err := message.Marshal()
	require.NoError(t, err)
	return data
}

func answers(t *testing.T, message marshaler) chaintest.Query {
	t.Helper()
	data := encoded(t, message)
	return func(int64, []byte) chaintest.Result { return chaintest.Result{Data: data} }
}

func absent(int64, []byte) chaintest.Result { return chaintest.NotFound() }

func responses(t *testing.T, messages ...marshaler) chaintest.Result {
	t.Helper()
	var data sdk.TxMsgData
	for _, message := range messages {
		data.MsgResponses = append(data.MsgResponses, &codectypes.Any{Value: encoded(t, message)})
	}
	return chaintest.Result{Data: encoded(t, &data)}
}

// world is a node with a running subnet 1, an owner with coins and a hotkey that is not registered.
type world struct {
	node          *chaintest.Node
	client        *chainclient.Client
	owner, hotkey *chainclient.Key
	mu            sync.Mutex // guards sent
	sent          []chaintest.Tx
}

const (
	pathSubnet  = "/agora.subnet.v1.Query/Subnet"
	pathEpoch   = "/agora.subnet.v1.Query/Epoch"
	pathMiner   = "/agora.subnet.v1.Query/MinerByHotkey"
	pathPrice   = "/agora.subnet.v1.Query/RegistrationPrice"
	pathBalance = "/cosmos.bank.v1beta1.Query/Balance"
	pathGrant   = "/cosmos.feegrant.v1beta1.Query/Allowance"
	pathAccrued = "/agora.rewards.v1.Query/Accrued"
)

func newWorld(t *testing.T, deliver func() chaintest.Result) *world {
	t.Helper()
	w := &world{node: chaintest.NewNode(t, chainID)}
	var err error
	w.owner, err = chainclient.GenerateKey()
	require.NoError(t, err)
	w.hotkey, err = chainclient.GenerateKey()
	require.NoError(t, err)
	w.node.AddAccount(w.owner.Address(), 1, 0)
	w.node.AddAccount(w.hotkey.Address(), 2, 0)
	w.node.Instant(true)
	w.node.OnQuery(pathSubnet, answers(t, &subnettypes.QuerySubnetResponse{Subnet: subnettypes.Subnet{Netuid: 1, Status: subnettypes.SUBNET_STATUS_ACTIVE}}))
	w.node.OnQuery(pathMiner, absent)
	w.node.OnQuery(pathGrant, absent)
	w.node.OnQuery(pathPrice, answers(t, &subnettypes.QueryRegistrationPriceResponse{Price: 1000}))
	w.balance("5000")
	w.node.OnDeliver(func(_ int64, tx chaintest.Tx) chaintest.Result {
		w.mu.Lock()
		w.sent = append(w.sent, tx)
		w.mu.Unlock()
		if deliver == nil {
			return chaintest.Result{}
		}
		return deliver()
	})
	w.client, err = chainclient.New(chainclient.Config{
		ChainID: chainID, Endpoints: []string{w.node.URL()}, MinPoll: time.Millisecond, MaxPoll: 5 * time.Millisecond,
	})
	require.NoError(t, err)
	return w
}

// balance makes every account hold an amount: field 1 of the response is a coin of denomination and amount.
func (w *world) balance(amount string) {
	coin := append([]byte{0x0a, byte(len(denom))}, denom...)
	coin = append(append(coin, 0x12, byte(len(amount))), amount...)
	response := append([]byte{0x0a, byte(len(coin))}, coin...)
	w.node.OnQuery(pathBalance, func(int64, []byte) chaintest.Result { return chaintest.Result{Data: response} })
}

func (w *world) registered(t *testing.T, m subnettypes.Miner) {
	t.Helper()
	m.Netuid, m.Hotkey = 1, w.hotkey.Address()
	if m.Owner == "" {
		m.Owner = w.owner.Address()
	}
	w.node.OnQuery(pathMiner, answers(t, &subnettypes.QueryMinerByHotkeyResponse{Miner: m}))
}

func (w *world) transactions() []chaintest.Tx {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]chaintest.Tx(nil), w.sent...)
}

func TestTheViewIsWhatTheChainSaysAtOneHeight(t *testing.T) {
	w := newWorld(t, nil)
	w.registered(t, subnettypes.Miner{Uid: 3, MinerId: 9, Endpoints: []string{"http://a"}, Protocols: []string{"agora/1"}, Capabilities: subnettypes.Capabilities{Model: "m", Context: 5}})
	w.node.OnQuery(pathEpoch, answers(t, &subnettypes.QueryEpochResponse{Epoch: subnettypes.Epoch{
		Netuid: 1, Index: 7, Beacon: make([]byte, 32), Permits: []subnettypes.Permit{{Hotkey: "agora1v", Power: 12}},
	}}))
	chain := New(w.client, w.hotkey, Config{Netuid: 1})
	view, err := chain.view(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, miner.View{
		Height: 1, Running: true, Epoch: 7, Permits: []miner.Permit{{Hotkey: "agora1v", Power: 12}},
		Miner: &miner.Record{UID: 3, ID: 9, Owner: w.owner.Address(), Served: miner.Served{
			Endpoints: []string{"http://a"}, Protocols: []string{"agora/1"}, Model: "m", Context: 5,
		}},
	}, view)

	w.node.OnQuery(pathEpoch, answers(t, &subnettypes.QueryEpochResponse{Epoch: subnettypes.Epoch{Netuid: 1, Index: 8}}))
	w.node.OnQuery(pathMiner, absent)
	view, err = chain.view(t.Context(), 1)
	require.NoError(t, err)
	require.EqualValues(t, 8, view.Epoch)
	require.Len(t, view.Permits, 1, "between two epochs the permits of the last one hold")
	require.Nil(t, view.Miner)
}

func TestASubnetThatHasNotStartedHasNoEpoch(t *testing.T) {
	w := newWorld(t, nil)
	w.node.OnQuery(pathSubnet, answers(t, &subnettypes.QuerySubnetResponse{Subnet: subnettypes.Subnet{Netuid: 1, Status: subnettypes.SUBNET_STATUS_INACTIVE}}))
	view, err := New(w.client, w.hotkey, Config{Netuid: 1}).view(t.Context(), 1)
	require.NoError(t, err)
	require.False(t, view.Running)

	w.node.OnQuery(pathSubnet, absent)
	_, err = New(w.client, w.hotkey, Config{Netuid: 9}).view(t.Context(), 1)
	require.ErrorContains(t, err, "there is no subnet 9")
}

func TestAPausedOrRemovedSubnetIsAViewAndNoTrouble(t *testing.T) {
	w := newWorld(t, nil)
	w.registered(t, subnettypes.Miner{Uid: 3, MinerId: 9})
	w.node.OnQuery(pathEpoch, answers(t, &subnettypes.QueryEpochResponse{Epoch: subnettypes.Epoch{
		Netuid: 1, Index: 7, Beacon: make([]byte, 32), Permits: []subnettypes.Permit{{Hotkey: "agora1v", Power: 12}},
	}}))
	chain := New(w.client, w.hotkey, Config{Netuid: 1})
	_, err := chain.view(t.Context(), 1)
	require.NoError(t, err)

	w.node.OnQuery(pathEpoch, func(int64, []byte) chaintest.Result {
		return chaintest.Result{Code: 18, Codespace: "sdk", Log: subnettypes.ErrSubnetPaused.Error()}
	})
	_, err = chain.view(t.Context(), 1)
	require.ErrorContains(t, err, "read the epoch of subnet 1", "a refusal that the subnet does not explain is trouble")
	w.node.OnQuery(pathSubnet, answers(t, &subnettypes.QuerySubnetResponse{Subnet: subnettypes.Subnet{
		Netuid: 1, Status: subnettypes.SUBNET_STATUS_ACTIVE, Epoch: 7, PausedHeight: 1,
	}}))
	view, err := chain.view(t.Context(), 1)
	require.NoError(t, err)
	require.True(t, view.Paused)
	require.False(t, view.Running)
	require.Empty(t, view.Permits)
	require.EqualValues(t, 7, view.Epoch)
	require.NotNil(t, view.Miner)

	w.node.OnQuery(pathEpoch, absent)
	w.node.OnQuery(pathSubnet, absent)
	w.node.OnQuery(pathMiner, absent)
	view, err = chain.view(t.Context(), 1)
	require.NoError(t, err)
	require.True(t, view.Removed)
	require.False(t, view.Running)
}

func TestFollowingWaitsForAChainThatIsAway(t *testing.T) {
	w := newWorld(t, nil)
	w.node.OnQuery(pathEpoch, answers(t, &subnettypes.QueryEpochResponse{Epoch: subnettypes.Epoch{Beacon: make([]byte, 32)}}))
	w.node.Break(func(rw http.ResponseWriter) { rw.WriteHeader(http.StatusBadGateway) })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var troubles []error
	err := New(w.client, w.hotkey, Config{Netuid: 1}).Follow(ctx, func(err error) {
		troubles = append(troubles, err)
		if len(troubles) == 2 {
			w.node.Break(nil)
		}
	}, func(view miner.View) {
		require.NotZero(t, view.Height)
		cancel()
	})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, troubles[0], chainclient.ErrUnreachable)
	require.NoError(t, troubles[len(troubles)-1])
}

func TestServingIsPaidByTheOwnerWhoGrantedIt(t *testing.T) {
	w := newWorld(t, nil)
	w.registered(t, subnettypes.Miner{})
	w.node.OnQuery(pathEpoch, answers(t, &subnettypes.QueryEpochResponse{}))
	w.node.OnQuery(pathGrant, func(int64, []byte) chaintest.Result { return chaintest.Result{} })
	chain := New(w.client, w.hotkey, Config{Netuid: 1})
	_, err := chain.view(t.Context(), 1)
	require.NoError(t, err)
	require.NoError(t, chain.Serve(t.Context(), miner.Served{Endpoints: []string{"http://a:1"}, Protocols: []string{"agora/1"}, Model: "m"}))

	sent := w.transactions()
	require.Len(t, sent, 1)
	require.Equal(t, w.owner.Address(), sent[0].Auth.Fee.Granter)
	var message subnettypes.MsgServe
	require.NoError(t, message.Unmarshal(sent[0].Body.Messages[0].Value))
	require.Equal(t, []string{"http://a:1"}, message.Endpoints)
	require.Equal(t, w.hotkey.Address(), message.Hotkey)
}

func TestAHotkeyThatCannotPaySaysHowItCan(t *testing.T) {
	w := newWorld(t, nil)
	penniless, err := chainclient.GenerateKey()
	require.NoError(t, err)
	err = New(w.client, penniless, Config{Netuid: 1}).Serve(t.Context(), miner.Served{})
	require.ErrorIs(t, err, chainclient.ErrNoAccount)
	require.ErrorContains(t, err, "miner register")
}

func TestRegisteringBurnsAndGrantsInOneTransaction(t *testing.T) {
	w := newWorld(t, func() chaintest.Result {
		return responses(t, &subnettypes.MsgRegisterMinerResponse{Uid: 4, MinerId: 11, Burned: 1000}, &feegrant.MsgGrantAllowanceResponse{})
	})
	result, err := Register(t.Context(), w.client, w.owner, chainclient.Price{}, Registration{Netuid: 1, Hotkey: w.hotkey.Address(), MaxPrice: 2000, FeeAllowance: 77})
	require.NoError(t, err)
	require.Equal(t, Registered{UID: 4, MinerID: 11, Burned: 1000, Granted: true, TxHash: result.TxHash}, result)

	messages := w.transactions()[0].Body.Messages
	require.Len(t, messages, 2)
	var register subnettypes.MsgRegisterMiner
	require.NoError(t, register.Unmarshal(messages[0].Value))
	require.Equal(t, subnettypes.MsgRegisterMiner{Owner: w.owner.Address(), Netuid: 1, Hotkey: w.hotkey.Address(), MaxPrice: 2000}, register)
	var grant feegrant.MsgGrantAllowance
	require.NoError(t, grant.Unmarshal(messages[1].Value))
	require.Equal(t, w.hotkey.Address(), grant.Grantee)
	var allowed feegrant.AllowedMsgAllowance
	require.NoError(t, allowed.Unmarshal(grant.Allowance.Value))
	require.Equal(t, []string{"/agora.subnet.v1.MsgServe"}, allowed.AllowedMessages)
	var basic feegrant.BasicAllowance
	require.NoError(t, basic.Unmarshal(allowed.Allowance.Value))
	require.Equal(t, "77uagora", basic.SpendLimit.String())
}

func TestRegisteringAgainDoesOnlyWhatIsMissing(t *testing.T) {
	w := newWorld(t, nil)
	w.registered(t, subnettypes.Miner{Uid: 4, MinerId: 11})
	r := Registration{Netuid: 1, Hotkey: w.hotkey.Address(), FeeAllowance: 77}
	result, err := Register(t.Context(), w.client, w.owner, chainclient.Price{}, r)
	require.NoError(t, err)
	require.True(t, result.Already)
	require.True(t, result.Granted)
	require.Len(t, w.transactions()[0].Body.Messages, 1)

	w.node.OnQuery(pathGrant, func(int64, []byte) chaintest.Result { return chaintest.Result{} })
	result, err = Register(t.Context(), w.client, w.owner, chainclient.Price{}, r)
	require.NoError(t, err)
	require.Equal(t, Registered{UID: 4, MinerID: 11, Already: true}, result)
	require.Len(t, w.transactions(), 1)
}

func TestARegistrationThatWouldFailIsNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world)
		r      Registration
		says   string
	}{
		"above the price":     {nil, Registration{MaxPrice: 999}, "--max-price"},
		"without coins":       {func(w *world) { w.balance("10") }, Registration{}, "send it coins"},
		"on no subnet":        {func(w *world) { w.node.OnQuery(pathPrice, absent) }, Registration{}, "there is no subnet"},
		"of another's hotkey": {func(w *world) { w.registered(t, subnettypes.Miner{Owner: "agora1other"}) }, Registration{}, "another owner"},
		"on an unreachable node": {func(w *world) {
			w.node.Break(func(rw http.ResponseWriter) { rw.WriteHeader(http.StatusInternalServerError) })
		}, Registration{}, unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			if c.change != nil {
				c.change(w)
			}
			c.r.Netuid, c.r.Hotkey = 1, w.hotkey.Address()
			_, err := Register(t.Context(), w.client, w.owner, chainclient.Price{}, c.r)
			require.ErrorContains(t, err, c.says)
			require.Empty(t, w.transactions())
		})
	}
}

const unreachable = "no chain endpoint can be used"

func TestClaimingReturnsWhatWasPaid(t *testing.T) {
	w := newWorld(t, func() chaintest.Result {
		return responses(t, &rewardstypes.MsgClaimResponse{Amount: sdk.Coin{Denom: denom, Amount: sdkmath.NewInt(42)}})
	})
	w.node.OnQuery(pathAccrued, answers(t, &rewardstypes.QueryAccruedResponse{Accrued: []rewardstypes.AccruedAmount{
		{Netuid: 1, Amount: sdk.Coin{Denom: denom, Amount: sdkmath.NewInt(42)}},
	}}))
	accrued, err := AccruedOf(t.Context(), w.client, w.owner.Address())
	require.NoError(t, err)
	require.Equal(t, []Accrued{{Netuid: 1, Amount: "42"}}, accrued)
	amount, hash, err := Claim(t.Context(), w.client, w.owner, chainclient.Price{}, []uint32{1})
	require.NoError(t, err)
	require.Equal(t, "42uagora", amount)
	require.NotEmpty(t, hash)

	w.node.OnDeliver(func(int64, chaintest.Tx) chaintest.Result {
		return chaintest.Result{Code: 9, Codespace: "rewards", Log: "nothing to claim"}
	})
	_, _, err = Claim(t.Context(), w.client, w.owner, chainclient.Price{}, []uint32{1})
	refused, ok := errors.AsType[*chainclient.TxError](err)
	require.True(t, ok)
	require.Contains(t, refused.Error(), "nothing to claim")
}
