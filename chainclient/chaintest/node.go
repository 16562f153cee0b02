package chaintest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	authv1beta1 "cosmossdk.io/api/cosmos/auth/v1beta1"
	bankv1beta1 "cosmossdk.io/api/cosmos/bank/v1beta1"
	basev1beta1 "cosmossdk.io/api/cosmos/base/v1beta1"
	feegrantv1beta1 "cosmossdk.io/api/cosmos/feegrant/v1beta1"
	"google.golang.org/protobuf/proto"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
)

// DefaultInterval is the time between two blocks by the clock of a [Node].
const DefaultInterval = time.Second

// Result is the outcome of a query or a transaction: Code 0 is success.
type Result struct {
	Code      uint32
	Codespace string
	Log       string
	// Data is the protobuf response of a query, or the TxMsgData of a transaction.
	Data []byte
}

// NotFound is what the SDK answers to a query for something that is not there.
func NotFound() Result { return Result{Code: 22, Codespace: "sdk", Log: "not found: key not found"} }

// Tx is a transaction as the node received it.
type Tx struct {
	Body txtypes.TxBody
	Auth txtypes.AuthInfo
	Hash [sha256.Size]byte
	// Bytes as sent.
	Bytes []byte
}

// Query answers a query at a height. It runs with the node's lock held and must not call the node.
type Query func(height int64, request []byte) Result

// Node is a fake chain node. All methods may be called at any time.
type Node struct {
	server *httptest.Server

	mu         sync.Mutex // guards everything below
	chainID    string
	genesis    time.Time
	interval   time.Duration
	height     int64
	catchingUp bool
	broken     func(w http.ResponseWriter)
	noIndex    bool
	queries    map[string]Query
	accounts   map[string]*account
	balances   map[string]uint64
	granters   map[string][]string
	check      func(tx Tx) Result
	deliver    func(height int64, tx Tx) Result
	dropTxs    bool
	instant    bool
	mempool    []Tx
	included   map[[sha256.Size]byte]includedTx
	nonces     map[string]bool
	calls      map[string]int
}

type account struct {
	number, sequence uint64
}

type includedTx struct {
	height int64
	result Result
}

// NewNode starts a node at height 1. It stops with the test.
func NewNode(t testing.TB, chainID string) *Node {
	t.Helper()
	node := &Node{
		chainID:  chainID,
		genesis:  time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		interval: DefaultInterval,
		height:   1,
		queries:  map[string]Query{},
		accounts: map[string]*account{},
		balances: map[string]uint64{},
		granters: map[string][]string{},
		included: map[[sha256.Size]byte]includedTx{},
		nonces:   map[string]bool{},
		calls:    map[string]int{},
	}
	node.queries["/cosmos.auth.v1beta1.Query/AccountInfo"] = node.accountInfo
	node.queries["/cosmos.bank.v1beta1.Query/Balance"] = node.balance
	node.queries["/cosmos.feegrant.v1beta1.Query/Allowances"] = node.allowances
	node.queries["/app/simulate"] = func(int64, []byte) Result {
		return Result{Data: []byte(`{"gas_info":{"gas_wanted":"0","gas_used":"100000"},"result":null}`)}
	}
	node.server = httptest.NewServer(node)
	t.Cleanup(node.server.Close)
	return node
}

// URL is the RPC endpoint.
func (n *Node) URL() string { return n.server.URL }

// Height is the newest height.
func (n *Node) Height() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.height
}

// TimeAt is the time of the block at a height.
func (n *Node) TimeAt(height int64) time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.timeAt(height)
}

func (n *Node) timeAt(height int64) time.Time {
	return n.genesis.Add(time.Duration(height) * n.interval)
}

// Advance makes blocks; the first takes what is in the mempool.
func (n *Node) Advance(blocks int) { n.set(func() { n.advance(blocks) }) }

func (n *Node) advance(blocks int) {
	for range blocks {
		n.height++
		pending := n.mempool
		n.mempool = nil
		for _, tx := range pending {
			if timeout := tx.Body.TimeoutTimestamp; timeout != nil && timeout.Before(n.timeAt(n.height)) {
				continue
			}
			result := Result{}
			if n.deliver != nil {
				result = n.deliver(n.height, tx)
			}
			if signer := n.accounts[signerOf(tx)]; signer != nil && !tx.Body.Unordered {
				signer.sequence++
			}
			n.included[tx.Hash] = includedTx{height: n.height, result: result}
		}
	}
}

// SetHeight moves to a height without delivering transactions, also backwards.
func (n *Node) SetHeight(height int64) { n.set(func() { n.height = height }) }

// SetChainID changes the chain that the node says it is on.
func (n *Node) SetChainID(chainID string) { n.set(func() { n.chainID = chainID }) }

// SetCatchingUp makes the node say that it is catching up, or not.
func (n *Node) SetCatchingUp(catchingUp bool) { n.set(func() { n.catchingUp = catchingUp }) }

// SetIndexing switches the index of transactions on or off; it is on at first.
func (n *Node) SetIndexing(on bool) { n.set(func() { n.noIndex = !on }) }

// Break makes every request be answered by fn instead of the node; nil mends it.
func (n *Node) Break(fn func(w http.ResponseWriter)) { n.set(func() { n.broken = fn }) }

// OnQuery answers the queries of a path such as /agora.subnet.v1.Query/Epoch.
func (n *Node) OnQuery(path string, query Query) { n.set(func() { n.queries[path] = query }) }

// OnCheck decides which transactions enter the mempool. It runs with the node's lock held.
func (n *Node) OnCheck(check func(tx Tx) Result) { n.set(func() { n.check = check }) }

// OnDeliver decides the outcome of transactions in blocks. It runs with the node's lock held.
func (n *Node) OnDeliver(deliver func(height int64, tx Tx) Result) {
	n.set(func() { n.deliver = deliver })
}

// DropTxs makes the node accept transactions and lose them.
func (n *Node) DropTxs(drop bool) { n.set(func() { n.dropTxs = drop }) }

// Instant makes the node put every accepted transaction into a block of its own at once.
func (n *Node) Instant(on bool) { n.set(func() { n.instant = on }) }

// SetTime makes the newest block carry a time, and the others follow from it at an interval.
func (n *Node) SetTime(now time.Time, interval time.Duration) {
	n.set(func() { n.genesis, n.interval = now.Add(-time.Duration(n.height)*interval), interval })
}

// SetBalance gives an address coins; they are not spent.
func (n *Node) SetBalance(address, denom string, amount uint64) {
	n.set(func() { n.balances[address+" "+denom] = amount })
}

// GrantFees makes granter pay fees for grantee.
func (n *Node) GrantFees(granter, grantee string) {
	n.set(func() { n.granters[grantee] = append(n.granters[grantee], granter) })
}

// AddAccount makes an account exist.
func (n *Node) AddAccount(address string, number, sequence uint64) {
	n.set(func() { n.accounts[address] = &account{number: number, sequence: sequence} })
}

// Pending is how many transactions wait in the mempool.
func (n *Node) Pending() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.mempool)
}

// Calls is how often an RPC method was called.
func (n *Node) Calls(method string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[method]
}

func (n *Node) set(change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
}

func (n *Node) accountInfo(_ int64, request []byte) Result {
	var query authv1beta1.QueryAccountInfoRequest
	if err := proto.Unmarshal(request, &query); err != nil {
		return Result{Code: 18, Codespace: "sdk", Log: err.Error()}
	}
	found := n.accounts[query.Address]
	if found == nil {
		return NotFound()
	}
	data, err := proto.Marshal(&authv1beta1.QueryAccountInfoResponse{Info: &authv1beta1.BaseAccount{
		Address: query.Address, AccountNumber: found.number, Sequence: found.sequence,
	}})
	if err != nil {
		return Result{Code: 1, Codespace: "sdk", Log: err.Error()}
	}
	return Result{Data: data}
}

func (n *Node) balance(_ int64, request []byte) Result {
	var query bankv1beta1.QueryBalanceRequest
	if err := proto.Unmarshal(request, &query); err != nil {
		return Result{Code: 18, Codespace: "sdk", Log: err.Error()}
	}
	amount := strconv.FormatUint(n.balances[query.Address+" "+query.Denom], 10)
	data, err := proto.Marshal(&bankv1beta1.QueryBalanceResponse{Balance: &basev1beta1.Coin{Denom: query.Denom, Amount: amount}})
	if err != nil {
		return Result{Code: 1, Codespace: "sdk", Log: err.Error()}
	}
	return Result{Data: data}
}

func (n *Node) allowances(_ int64, request []byte) Result {
	var query feegrantv1beta1.QueryAllowancesRequest
	if err := proto.Unmarshal(request, &query); err != nil {
		return Result{Code: 18, Codespace: "sdk", Log: err.Error()}
	}
	response := &feegrantv1beta1.QueryAllowancesResponse{}
	for _, granter := range n.granters[query.Grantee] {
		response.Allowances = append(response.Allowances, &feegrantv1beta1.Grant{Granter: granter, Grantee: query.Grantee})
	}
	data, err := proto.Marshal(response)
	if err != nil {
		return Result{Code: 1, Codespace: "sdk", Log: err.Error()}
	}
	return Result{Data: data}
}

// ServeHTTP implements the JSON-RPC endpoint.
func (n *Node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.broken != nil {
		n.broken(w)
		return
	}
	var request struct {
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n.calls[request.Method]++
	result, err := n.answer(request.Method, request.Params)
	response := map[string]any{"jsonrpc": "2.0", "id": 1}
	if err != nil {
		response["error"] = map[string]any{"code": -32603, "message": "Internal error", "data": err.Error()}
	} else {
		response["result"] = result
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(response) // the client has gone
}

func (n *Node) answer(method string, params json.RawMessage) (any, error) {
	switch method {
	case "status":
		return map[string]any{
			"node_info": map[string]any{"network": n.chainID, "moniker": "test"},
			"sync_info": map[string]any{
				"latest_block_height": strconv.FormatInt(n.height, 10),
				"latest_block_time":   n.timeAt(n.height), "catching_up": n.catchingUp,
			},
		}, nil
	case "abci_info":
		return map[string]any{"response": map[string]any{"last_block_height": strconv.FormatInt(n.height, 10)}}, nil
	case "header":
		return n.header(params)
	case "abci_query":
		return n.query(params)
	case "broadcast_tx_sync":
		return n.broadcast(params)
	case "tx":
		return n.tx(params)
	default:
		return nil, fmt.Errorf("method %q not found", method)
	}
}

func (n *Node) header(params json.RawMessage) (any, error) {
	var query struct {
		Height string `json:"height"`
	}
	if err := json.Unmarshal(params, &query); err != nil {
		return nil, err
	}
	height := n.height
	if query.Height != "" {
		var err error
		if height, err = strconv.ParseInt(query.Height, 10, 64); err != nil {
			return nil, err
		}
	}
	if height < 1 || height > n.height {
		return nil, fmt.Errorf("height %d must be less than or equal to the current blockchain height %d", height, n.height)
	}
	return map[string]any{"header": map[string]any{
		"chain_id": n.chainID, "height": strconv.FormatInt(height, 10), "time": n.timeAt(height),
	}}, nil
}

func (n *Node) query(params json.RawMessage) (any, error) {
	var query struct {
		Path   string `json:"path"`
		Data   string `json:"data"`
		Height string `json:"height"`
	}
	if err := json.Unmarshal(params, &query); err != nil {
		return nil, err
	}
	data, err := hex.DecodeString(query.Data)
	if err != nil {
		return nil, err
	}
	height, err := strconv.ParseInt(query.Height, 10, 64)
	if err != nil {
		return nil, err
	}
	result := Result{Code: 6, Codespace: "sdk", Log: "unknown query path: unknown request"}
	switch handler := n.queries[query.Path]; {
	case height > n.height:
		result = Result{Code: 26, Codespace: "sdk", Log: "cannot query with height in the future; please provide a valid height: invalid height"}
	case handler != nil:
		if height == 0 {
			height = n.height
		}
		result = handler(height, data)
	}
	return map[string]any{"response": map[string]any{
		"code": result.Code, "codespace": result.Codespace, "log": result.Log,
		"value": base64.StdEncoding.EncodeToString(result.Data), "height": strconv.FormatInt(height, 10),
	}}, nil
}

func (n *Node) broadcast(params json.RawMessage) (any, error) {
	var query struct {
		Tx []byte `json:"tx"`
	}
	if err := json.Unmarshal(params, &query); err != nil {
		return nil, err
	}
	tx := Tx{Bytes: query.Tx, Hash: sha256.Sum256(query.Tx)}
	for _, waiting := range n.mempool {
		if waiting.Hash == tx.Hash {
			return nil, fmt.Errorf("tx already exists in cache")
		}
	}
	result := n.admit(&tx)
	if result.Code == 0 && !n.dropTxs {
		n.mempool = append(n.mempool, tx)
		if n.instant {
			n.advance(1)
		}
	}
	return map[string]any{
		"code": result.Code, "codespace": result.Codespace, "log": result.Log,
		"hash": strings.ToUpper(hex.EncodeToString(tx.Hash[:])),
	}, nil
}

// admit decodes a transaction and checks signature, account, sequence and timeout as the chain does.
func (n *Node) admit(tx *Tx) Result {
	refuse := func(code uint32, format string, args ...any) Result {
		return Result{Code: code, Codespace: "sdk", Log: fmt.Sprintf(format, args...)}
	}
	var raw txtypes.TxRaw
	if err := raw.Unmarshal(tx.Bytes); err != nil {
		return refuse(2, "tx parse error: %s", err)
	}
	if err := tx.Body.Unmarshal(raw.BodyBytes); err != nil {
		return refuse(2, "tx parse error: %s", err)
	}
	if err := tx.Auth.Unmarshal(raw.AuthInfoBytes); err != nil {
		return refuse(2, "tx parse error: %s", err)
	}
	if len(raw.Signatures) != 1 || len(tx.Auth.SignerInfos) != 1 {
		return refuse(4, "want one signature: unauthorized")
	}
	signer := n.accounts[signerOf(*tx)]
	if signer == nil {
		return refuse(9, "account %s does not exist: unknown address", signerOf(*tx))
	}
	document := txtypes.SignDoc{
		BodyBytes: raw.BodyBytes, AuthInfoBytes: raw.AuthInfoBytes,
		ChainId: n.chainID, AccountNumber: signer.number,
	}
	signBytes, err := document.Marshal()
	if err != nil {
		return refuse(2, "tx parse error: %s", err)
	}
	var public secp256k1.PubKey
	if err := public.Unmarshal(tx.Auth.SignerInfos[0].PublicKey.Value); err != nil {
		return refuse(8, "invalid pubkey: %s", err)
	}
	if !public.VerifySignature(signBytes, raw.Signatures[0]) {
		return refuse(4, "signature verification failed; please verify account number (%d) and chain-id (%s): unauthorized", signer.number, n.chainID)
	}
	nonce := ""
	if tx.Body.Unordered {
		timeout, now := tx.Body.TimeoutTimestamp, n.timeAt(n.height)
		if timeout == nil || timeout.Before(now) || timeout.After(now.Add(10*time.Minute)) {
			return refuse(18, "unordered transaction has a bad timeout_timestamp: invalid request")
		}
		if nonce = signerOf(*tx) + timeout.String(); n.nonces[nonce] {
			return refuse(18, "failed to add unordered nonce: already used: invalid request")
		}
	} else if got := tx.Auth.SignerInfos[0].Sequence; got != signer.sequence {
		return refuse(32, "account sequence mismatch, expected %d, got %d: incorrect account sequence", signer.sequence, got)
	}
	if n.check != nil {
		if result := n.check(*tx); result.Code != 0 {
			return result // and nothing of it is remembered
		}
	}
	if nonce != "" {
		n.nonces[nonce] = true
	}
	return Result{}
}

func (n *Node) tx(params json.RawMessage) (any, error) {
	var query struct {
		Hash []byte `json:"hash"`
	}
	if err := json.Unmarshal(params, &query); err != nil {
		return nil, err
	}
	if n.noIndex {
		return nil, fmt.Errorf("transaction indexing is disabled")
	}
	found, ok := n.included[[sha256.Size]byte(query.Hash)]
	if !ok {
		return nil, fmt.Errorf("tx (%X) not found", query.Hash)
	}
	return map[string]any{
		"height": strconv.FormatInt(found.height, 10),
		"tx_result": map[string]any{
			"code": found.result.Code, "codespace": found.result.Codespace, "log": found.result.Log,
			"data": base64.StdEncoding.EncodeToString(found.result.Data), "gas_used": "90000",
		},
	}, nil
}
