package wire

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

var updateVectors = flag.Bool("update", false, "write testdata/vectors.json anew; a change breaks every deployed peer")

// vectors is what an implementation in another language checks itself against.
type vectors struct {
	Requests []requestVector `json:"requests"`
	Receipts []receiptVector `json:"receipts"`
}

type requestVector struct {
	Name       string            `json:"name"`
	PrivateKey string            `json:"private_key"`
	ChainID    string            `json:"chain_id"`
	Netuid     uint32            `json:"netuid"`
	Method     string            `json:"method"`
	Target     string            `json:"target"`
	Body       string            `json:"body"`
	Nonce      string            `json:"nonce"`
	Receiver   string            `json:"receiver"`
	Epoch      uint64            `json:"epoch,string"`
	Sender     string            `json:"sender"`
	Preimage   string            `json:"preimage"`
	Digest     string            `json:"digest"`
	Signature  string            `json:"signature"`
	Headers    map[string]string `json:"headers"`
}

type receiptVector struct {
	Name       string `json:"name"`
	PrivateKey string `json:"private_key"`
	Request    string `json:"request_digest"`
	Status     int    `json:"status"`
	Body       string `json:"body"`
	Signer     string `json:"signer"`
	Preimage   string `json:"preimage"`
	Digest     string `json:"digest"`
	Receipt    string `json:"receipt"`
}

const vectorsPath = "testdata/vectors.json"

// seededKey is the private key whose 32 bytes all have the value seed.
func seededKey(t testing.TB, seed byte) *KeySigner {
	t.Helper()
	key := make([]byte, PrivateKeySize)
	for i := range key {
		key[i] = seed
	}
	signer, err := NewKeySigner(key)
	require.NoError(t, err)
	return signer
}

func (v requestVector) request(t *testing.T) *Request {
	t.Helper()
	nonce, err := ParseNonce(v.Nonce)
	require.NoError(t, err)
	key, err := hex.DecodeString(v.PrivateKey)
	require.NoError(t, err)
	signer, err := NewKeySigner(key)
	require.NoError(t, err)
	r := &Request{
		ChainID: v.ChainID, Netuid: v.Netuid, Method: v.Method, Target: v.Target, Body: BodyDigest([]byte(v.Body)),
		Nonce: nonce, Receiver: v.Receiver, Epoch: v.Epoch,
	}
	require.NoError(t, r.Sign(signer))
	return r
}

func TestGoldenVectorsHold(t *testing.T) {
	if *updateVectors {
		writeVectors(t)
	}
	raw, err := os.ReadFile(vectorsPath)
	require.NoError(t, err)
	var want vectors
	require.NoError(t, json.Unmarshal(raw, &want))
	require.NotEmpty(t, want.Requests)
	require.NotEmpty(t, want.Receipts)

	for _, v := range want.Requests {
		t.Run(v.Name, func(t *testing.T) {
			require.Equal(t, v, v.filled(t))
			header := make(map[string][]string)
			for name, value := range v.Headers {
				header[name] = []string{value}
			}
			parsed, err := ParseRequest(v.Method, v.Target, header)
			require.NoError(t, err)
			require.NoError(t, parsed.Verify())
			require.Equal(t, v.Digest, parsed.Digest().String())
		})
	}
	for _, v := range want.Receipts {
		t.Run(v.Name, func(t *testing.T) {
			require.Equal(t, v, v.filled(t))
			parsed, err := ParseReceipt(v.Receipt)
			require.NoError(t, err)
			require.NoError(t, parsed.Verify(v.Signer, parsed.Request, BodyDigest([]byte(v.Body))))
		})
	}
}

// filled computes the derived fields from the given ones.
func (v requestVector) filled(t *testing.T) requestVector {
	t.Helper()
	r := v.request(t)
	v.Sender = r.Sender
	v.Preimage = hex.EncodeToString(r.Preimage())
	v.Digest = r.Digest().String()
	v.Signature = hex.EncodeToString(r.Signature[:])
	header := make(map[string][]string)
	r.SetHeaders(header)
	v.Headers = make(map[string]string)
	for name, values := range header {
		v.Headers[name] = values[0]
	}
	return v
}

func (v receiptVector) filled(t *testing.T) receiptVector {
	t.Helper()
	key, err := hex.DecodeString(v.PrivateKey)
	require.NoError(t, err)
	signer, err := NewKeySigner(key)
	require.NoError(t, err)
	request, err := hex.DecodeString(v.Request)
	require.NoError(t, err)
	receipt, err := NewReceipt(signer, Digest(request), v.Status, BodyDigest([]byte(v.Body)))
	require.NoError(t, err)
	v.Signer = signer.Address()
	v.Preimage = hex.EncodeToString(receipt.Preimage())
	v.Digest = receipt.Digest().String()
	v.Receipt = receipt.String()
	return v
}

func writeVectors(t *testing.T) {
	t.Helper()
	sender := hex.EncodeToString(bytesOf(1))
	receiver := seededKey(t, 2).Address()
	requests := []requestVector{
		{
			Name: "a chat completion", PrivateKey: sender, ChainID: "agora-local-1", Netuid: 1, Method: "POST",
			Target: "/v1/chat/completions", Body: `{"model":"default","messages":[{"role":"user","content":"347+582"}]}`,
			Nonce: "1700000000000-000102030405060708090a0b0c0d0e0f", Receiver: receiver, Epoch: 7,
		},
		{
			Name: "an empty body, a query and the largest numbers", PrivateKey: sender, ChainID: "a", Netuid: 1<<32 - 1,
			Method: "GET", Target: "/v1/models?limit=2&after=%C3%A4", Body: "",
			Nonce: "9007199254740-ffffffffffffffffffffffffffffffff", Receiver: receiver, Epoch: 1<<64 - 1,
		},
		{
			Name: "a body that is not text of one line", PrivateKey: sender, ChainID: "agora-local-1", Netuid: 0,
			Method: "POST", Target: "/v1/completions", Body: "{\"prompt\":\"\u00e4\\n\"}\n",
			Nonce: "1-00000000000000000000000000000000", Receiver: receiver, Epoch: 0,
		},
	}
	var out vectors
	for _, v := range requests {
		out.Requests = append(out.Requests, v.filled(t))
	}
	for _, v := range []receiptVector{
		{Name: "an answer", Request: out.Requests[0].Digest, Status: 200, Body: `{"id":"1"}`},
		{Name: "a refusal with an empty body", Request: out.Requests[1].Digest, Status: 503, Body: ""},
	} {
		v.PrivateKey = hex.EncodeToString(bytesOf(2))
		out.Receipts = append(out.Receipts, v.filled(t))
	}
	raw, err := json.MarshalIndent(out, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(vectorsPath, append(raw, '\n'), 0o600))
}

func bytesOf(value byte) []byte {
	out := make([]byte, PrivateKeySize)
	for i := range out {
		out[i] = value
	}
	return out
}

// The expected values were produced by the secp256k1 keys of the Cosmos SDK, so that a hotkey in a keyring of the chain
// and a key held by this package are the same key.
func TestKeysAgreeWithThoseOfTheChain(t *testing.T) {
	for _, v := range cosmosVectors {
		signer := seededKey(t, v.seed)
		require.Equal(t, v.address, signer.Address())
		require.Equal(t, v.pubKey, hex.EncodeToString(signer.PubKey()))
		signature, err := signer.Sign([]byte(v.message))
		require.NoError(t, err)
		require.Equal(t, v.signature, hex.EncodeToString(signature))
		require.NoError(t, Verify(signer.PubKey(), []byte(v.message), signature))
	}
}
