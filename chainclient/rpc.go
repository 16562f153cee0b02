package chainclient

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// rpcClient speaks the few methods of CometBFT's JSON-RPC that a daemon needs to one endpoint.
type rpcClient struct {
	url         string
	name        string // the URL without a password, for people
	http        *http.Client
	timeout     time.Duration
	maxResponse int64
}

// transportError is a failure to get any meaningful answer: another endpoint may do better.
type transportError struct{ cause error }

func (e *transportError) Error() string { return e.cause.Error() }
func (e *transportError) Unwrap() error { return e.cause }

// rpcError is an error that the node returned.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    string `json:"data"`
}

func (e *rpcError) Error() string {
	return fmt.Sprintf("node answered with error %d: %s %s", e.Code, e.Message, e.Data)
}

type rpcRequest struct {
	Version string         `json:"jsonrpc"`
	ID      int            `json:"id"`
	Method  string         `json:"method"`
	Params  map[string]any `json:"params"`
}

type rpcResponse struct {
	Result json.RawMessage `json:"result"`
	Error  *rpcError       `json:"error"`
}

// call posts one request and decodes its result. Its error is an *rpcError where the node answered with one, and wraps
// *transportError where the node did not answer sensibly.
func (r *rpcClient) call(ctx context.Context, method string, params map[string]any, result any) error {
	if params == nil {
		params = map[string]any{}
	}
	body, err := json.Marshal(rpcRequest{Version: "2.0", ID: 1, Method: method, Params: params})
	if err != nil {
		return fmt.Errorf("encode %s: %w", method, err)
	}
	requestCtx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(requestCtx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := r.http.Do(request)
	if err != nil {
		if ctx.Err() != nil { // the caller gave up, which says nothing of the endpoint
			return ctx.Err()
		}
		return &transportError{err}
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, r.maxResponse+1))
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &transportError{fmt.Errorf("%s: read the answer to %s: %w", r.name, method, err)}
	}
	if int64(len(data)) > r.maxResponse {
		return &transportError{fmt.Errorf("%s: the answer to %s is larger than %d bytes", r.name, method, r.maxResponse)}
	}
	var envelope rpcResponse
	if err := json.Unmarshal(data, &envelope); err != nil {
		return &transportError{fmt.Errorf("%s: HTTP %d, not a JSON-RPC answer: is this a CometBFT RPC endpoint?", r.name, response.StatusCode)}
	}
	if envelope.Error != nil {
		return envelope.Error
	}
	if len(envelope.Result) == 0 {
		return &transportError{fmt.Errorf("%s: HTTP %d with neither result nor error to %s", r.name, response.StatusCode, method)}
	}
	if err := json.Unmarshal(envelope.Result, result); err != nil {
		return &transportError{fmt.Errorf("%s: decode the answer to %s: %w", r.name, method, err)}
	}
	return nil
}

// jsonInt is an integer that CometBFT writes as a string.
type jsonInt int64

// UnmarshalJSON accepts a number with or without quotes.
func (i *jsonInt) UnmarshalJSON(data []byte) error {
	value, err := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	*i = jsonInt(value)
	return err
}

type statusResult struct {
	NodeInfo struct {
		Network string `json:"network"`
		Moniker string `json:"moniker"`
	} `json:"node_info"`
	SyncInfo struct {
		Height     jsonInt   `json:"latest_block_height"`
		Time       time.Time `json:"latest_block_time"`
		CatchingUp bool      `json:"catching_up"`
	} `json:"sync_info"`
}

func (r *rpcClient) status(ctx context.Context) (statusResult, error) {
	var result statusResult
	err := r.call(ctx, "status", nil, &result)
	return result, err
}

// appHeight is the height up to which the application has committed; a block may be stored before it is applied.
func (r *rpcClient) appHeight(ctx context.Context) (int64, error) {
	var result struct {
		Response struct {
			Height jsonInt `json:"last_block_height"`
		} `json:"response"`
	}
	err := r.call(ctx, "abci_info", nil, &result)
	return int64(result.Response.Height), err
}

type header struct {
	ChainID string    `json:"chain_id"`
	Height  jsonInt   `json:"height"`
	Time    time.Time `json:"time"`
}

// header reads the header at a height; 0 is the newest.
func (r *rpcClient) header(ctx context.Context, height int64) (header, error) {
	params := map[string]any{}
	if height > 0 {
		params["height"] = strconv.FormatInt(height, 10)
	}
	var result struct {
		Header header `json:"header"`
	}
	if err := r.call(ctx, "header", params, &result); err != nil {
		return header{}, err
	}
	if found := int64(result.Header.Height); found < 1 || (height > 0 && found != height) {
		return header{}, &transportError{fmt.Errorf("%s: asked for the header at height %d, got one at %d", r.name, height, found)}
	}
	return result.Header, nil
}

type queryResult struct {
	Code      uint32  `json:"code"`
	Codespace string  `json:"codespace"`
	Log       string  `json:"log"`
	Value     []byte  `json:"value"`
	Height    jsonInt `json:"height"`
}

func (r *rpcClient) abciQuery(ctx context.Context, path string, data []byte, height int64) (queryResult, error) {
	var result struct {
		Response queryResult `json:"response"`
	}
	err := r.call(ctx, "abci_query", map[string]any{
		"path": path, "data": hex.EncodeToString(data), "height": strconv.FormatInt(height, 10), "prove": false,
	}, &result)
	if err == nil && result.Response.Code != 0 {
		err = &QueryError{
			Path: path, Codespace: result.Response.Codespace,
			Code: result.Response.Code, Log: result.Response.Log,
		}
	}
	return result.Response, err
}

type checkResult struct {
	Code      uint32 `json:"code"`
	Codespace string `json:"codespace"`
	Log       string `json:"log"`
}

// broadcast hands a transaction to the mempool. A transaction that is already there counts as handed over.
func (r *rpcClient) broadcast(ctx context.Context, tx []byte) (checkResult, error) {
	var result checkResult
	err := r.call(ctx, "broadcast_tx_sync", map[string]any{"tx": tx}, &result)
	var nodeErr *rpcError
	if errors.As(err, &nodeErr) && strings.Contains(nodeErr.Data, "already exists in cache") {
		return checkResult{}, nil
	}
	if result.Codespace == codespaceSDK && result.Code == codeTxInMempoolCache {
		return checkResult{}, nil
	}
	return result, err
}

type txResult struct {
	Height jsonInt `json:"height"`
	Result struct {
		Code      uint32  `json:"code"`
		Codespace string  `json:"codespace"`
		Log       string  `json:"log"`
		Data      []byte  `json:"data"`
		GasUsed   jsonInt `json:"gas_used"`
	} `json:"tx_result"`
}

// errTxPending: the transaction is in no indexed block yet.
var errTxPending = errors.New("transaction is in no block yet")

// tx reads a transaction of a block by its hash.
func (r *rpcClient) tx(ctx context.Context, hash []byte) (txResult, error) {
	var result txResult
	err := r.call(ctx, "tx", map[string]any{"hash": hash, "prove": false}, &result)
	var nodeErr *rpcError
	if errors.As(err, &nodeErr) {
		switch {
		case strings.Contains(nodeErr.Data, "not found"):
			return txResult{}, errTxPending
		case strings.Contains(nodeErr.Data, "indexing is disabled"):
			return txResult{}, fmt.Errorf("%s: %w; set indexer = \"kv\" under [tx_index] in the node's config.toml, or use another endpoint", r.name, err)
		}
	}
	return result, err
}
