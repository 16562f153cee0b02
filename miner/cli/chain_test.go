package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	sdkmath "cosmossdk.io/math"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/chainclient/chaintest"
	"github.com/agora-network/agora/internal/daemon"
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

// setup is a home with two keys, and a node on which the owner has earned something.
type setup struct {
	node          *chaintest.Node
	home          string
	hotkey, owner string
}

func run(t *testing.T, args ...string) (string, string, int) {
	t.Helper()
	var out, errOut bytes.Buffer
	code := Run(t.Context(), args, strings.NewReader(""), &out, &errOut)
	return out.String(), errOut.String(), code
}

func newSetup(t *testing.T) *setup {
	t.Helper()
	s := &setup{node: chaintest.NewNode(t, chainID), home: t.TempDir()}
	_, errOut, code := run(t, "init", "--home", s.home, "--chain-id", chainID, "--chain-endpoints", s.node.URL(),
		"--backend", "guess", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--api-key", "secret-key")
	require.Zero(t, code, errOut)
	for _, name := range []string{"hotkey", "owner"} {
		out, errOut, code := run(t, "keys", "add", name, "--home", s.home, "--output", "json")
		require.Zero(t, code, errOut)
		var key struct{ Address string }
		require.NoError(t, json.Unmarshal([]byte(out), &key))
		s.node.AddAccount(key.Address, 1, 0)
		s.node.SetBalance(key.Address, "uagora", 9_000_000)
		if name == "hotkey" {
			s.hotkey = key.Address
		} else {
			s.owner = key.Address
		}
	}
	s.node.Instant(true)
	s.node.OnQuery("/agora.subnet.v1.Query/MinerByHotkey", func(int64, []byte) chaintest.Result { return chaintest.NotFound() })
	s.node.OnQuery("/cosmos.feegrant.v1beta1.Query/Allowance", func(int64, []byte) chaintest.Result { return chaintest.NotFound() })
	s.answer(t, "/agora.subnet.v1.Query/RegistrationPrice", &subnettypes.QueryRegistrationPriceResponse{Price: 1_500_000})
	s.answer(t, "/agora.subnet.v1.Query/Subnet", &subnettypes.QuerySubnetResponse{Subnet: subnettypes.Subnet{Netuid: 1}})
	s.answer(t, "/agora.rewards.v1.Query/Accrued", &rewardstypes.QueryAccruedResponse{Accrued: []rewardstypes.AccruedAmount{
		{Netuid: 1, Amount: sdk.Coin{Denom: "uagora", Amount: sdkmath.NewInt(2_500_000)}},
	}})
	return s
}

func (s *setup) answer(t *testing.T, path string, message marshaler) {
	t.Helper()
	data := encoded(t, message)
	s.node.OnQuery(path, func(int64, []byte) chaintest.Result { return chaintest.Result{Data: data} })
}

func (s *setup) deliver(t *testing.T, messages ...marshaler) {
	t.Helper()
	var data sdk.TxMsgData
	for _, message := range messages {
		data.MsgResponses = append(data.MsgResponses, &codectypes.Any{Value: encoded(t, message)})
	}
	result := chaintest.Result{Data: encoded(t, &data)}
	s.node.OnDeliver(func(int64, chaintest.Tx) chaintest.Result { return result })
}

func TestTheLifeOfAMinerOnTheCommandLine(t *testing.T) {
	s := newSetup(t)
	out, errOut, code := run(t, "status", "--home", s.home)
	require.Zero(t, code, errOut)
	require.Contains(t, out, "not registered")
	require.Contains(t, out, "burns 1.5 AGORA now")

	out, errOut, code = run(t, "register", "--home", s.home, "--dry-run")
	require.Zero(t, code, errOut)
	require.Contains(t, out, "nothing was sent")

	_, errOut, code = run(t, "register", "--home", s.home, "--max-price", "1AGORA")
	require.Equal(t, daemon.ExitFailed, code)
	require.Contains(t, errOut, "above --max-price")

	s.deliver(t, &subnettypes.MsgRegisterMinerResponse{Uid: 2, MinerId: 5, Burned: 1_500_000}, &subnettypes.MsgServeResponse{})
	out, errOut, code = run(t, "register", "--home", s.home, "--max-price", "2AGORA")
	require.Zero(t, code, errOut)
	require.Contains(t, out, "uid 2, miner id 5, burned 1.5 AGORA")
	require.Contains(t, out, "miner serve --home "+s.home)

	s.answer(t, "/agora.subnet.v1.Query/MinerByHotkey", &subnettypes.QueryMinerByHotkeyResponse{Miner: subnettypes.Miner{
		Netuid: 1, Uid: 2, MinerId: 5, Owner: s.owner, Hotkey: s.hotkey, Endpoints: []string{"http://127.0.0.1:7"}, LastEmission: 1_000_001,
	}})
	out, errOut, code = run(t, "status", "--home", s.home)
	require.Zero(t, code, errOut)
	for _, want := range []string{"uid 2", "http://127.0.0.1:7", "1.000001 AGORA in the last epoch", "2.5 AGORA on subnet 1", "not running", "gpu  "} {
		require.Contains(t, out, want)
	}

	out, errOut, code = run(t, "claim", "--home", s.home, "--dry-run")
	require.Zero(t, code, errOut)
	require.Contains(t, out, "2.5 AGORA may be claimed")
	s.deliver(t, &rewardstypes.MsgClaimResponse{Amount: sdk.Coin{Denom: "uagora", Amount: sdkmath.NewInt(2_500_000)}})
	out, errOut, code = run(t, "claim", "--home", s.home, "--output", "json")
	require.Zero(t, code, errOut)
	require.Contains(t, out, `"amount": "2500000uagora"`)

	s.answer(t, "/agora.rewards.v1.Query/Accrued", &rewardstypes.QueryAccruedResponse{})
	_, errOut, code = run(t, "claim", "--home", s.home)
	require.Equal(t, daemon.ExitFailed, code)
	require.Contains(t, errOut, "nothing to claim yet")
}

func TestServeAnswersAndStops(t *testing.T) {
	s := newSetup(t)
	root := newRoot()
	command, args, err := root.Find([]string{"serve", "--home", s.home, "--log-format", "json", "--backend", "native=basics-weak"})
	require.NoError(t, err)
	require.NoError(t, command.ParseFlags(args))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	command.SetContext(ctx)
	var log bytes.Buffer
	root.SetErr(&log)
	m, err := startMiner(command)
	require.NoError(t, err)

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+m.Addr()+"/v1/completions", strings.NewReader(`{"prompt":"347+582"}`))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer secret-key")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, string(body))
	require.Contains(t, string(body), `"model":"basics-weak"`)

	var readiness *miner.Readiness
	require.Eventually(t, func() bool {
		s.node.Advance(1)
		readiness, err = askDaemon(t.Context(), m.AdminAddr())
		return err == nil && readiness.Height > 0
	}, 20*time.Second, 10*time.Millisecond)
	require.False(t, readiness.Ready, "not registered")
	require.Equal(t, s.hotkey, readiness.Address)

	cancel()
	require.NoError(t, m.Wait())
	for _, line := range strings.Split(strings.TrimSpace(log.String()), "\n") {
		require.True(t, json.Valid([]byte(line)), line)
	}
	require.Contains(t, log.String(), "miner register --home "+s.home)
}

func TestWrongCommandLinesEndWithTheirOwnCode(t *testing.T) {
	for _, args := range [][]string{{"--wrong"}, {"sevre"}, {"keys", "add"}, {"version", "--output", "xml"}, {"register", "--max-price", "x"}} {
		_, errOut, code := run(t, args...)
		require.Equal(t, daemon.ExitUsage, code, errOut)
	}
	_, _, code := run(t, "status", "--home", t.TempDir())
	require.Equal(t, daemon.ExitFailed, code)
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]uint64{"5": 5, "5uagora": 5, "1.5AGORA": 1_500_000, "2agora": 2_000_000, "0": 0, "0.000001 AGORA": 1} {
		amount, err := parseAmount(text)
		require.NoError(t, err, text)
		require.Equal(t, want, amount, text)
	}
	for _, text := range []string{"", "-1", "1.5", "1.5uagora", "1.0000001AGORA", "1EUR", "99999999999999AGORA", "1e3"} {
		_, err := parseAmount(text)
		require.Error(t, err, text)
	}
	for amount, want := range map[string]string{"0": "0 AGORA", "1": "0.000001 AGORA", "1500000": "1.5 AGORA", "x": "xuagora"} {
		require.Equal(t, want, agora(amount))
	}
}
