package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// The headers of a signed request. Each is present exactly once.
const (
	HeaderVersion   = "Agora-Version"
	HeaderChainID   = "Agora-Chain-Id"
	HeaderNetuid    = "Agora-Netuid"
	HeaderEpoch     = "Agora-Epoch"
	HeaderNonce     = "Agora-Nonce"
	HeaderSender    = "Agora-Sender"
	HeaderReceiver  = "Agora-Receiver"
	HeaderBody      = "Agora-Body-Sha256"
	HeaderPubKey    = "Agora-Pubkey"
	HeaderSignature = "Agora-Signature"
	// HeaderReceipt is the one header (or trailer) of a signed answer.
	HeaderReceipt = "Agora-Receipt"
)

const (
	maxChainIDLen = 64
	maxTargetLen  = 2048
	maxMethodLen  = 16
)

// Digest is a sha256 hash.
type Digest [sha256.Size]byte

// String is the digest in lower-case hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// BodyDigest is the digest of a whole body. An empty body has the digest of no bytes.
func BodyDigest(body []byte) Digest { return sha256.Sum256(body) }

// Request is all that a sender signs. It holds claims until [Request.Verify] has succeeded.
type Request struct {
	ChainID string
	Netuid  uint32
	Method  string
	// Target is path and query exactly as on the request line.
	Target string
	// Body is the sha256 of the body as sent.
	Body  Digest
	Nonce Nonce
	// Sender and Receiver are bech32 account addresses.
	Sender   string
	Receiver string
	// Epoch is the epoch of the subnet in which the sender asks.
	Epoch uint64
	// PubKey is the sender's compressed key; Sender is its address, so it is signed through Sender.
	PubKey [PubKeySize]byte
	// Signature is over Preimage.
	Signature [SignatureSize]byte
}

// Preimage is the bytes that are hashed and signed: length-prefixed domain, kind, chain id, netuid, method, target,
// body digest, nonce, sender, receiver, epoch.
func (r *Request) Preimage() []byte {
	return newPreimage(kindRequest).
		text(r.ChainID).
		uint32(r.Netuid).
		text(r.Method).
		text(r.Target).
		bytes(r.Body[:]).
		text(r.Nonce.String()).
		text(r.Sender).
		text(r.Receiver).
		uint64(r.Epoch)
}

// Digest identifies the request: the sha256 of its preimage. Receipts refer to it.
func (r *Request) Digest() Digest { return sha256.Sum256(r.Preimage()) }

// Sign fills Sender, PubKey and Signature.
func (r *Request) Sign(signer Signer) error {
	pubKey := signer.PubKey()
	if len(pubKey) != PubKeySize {
		return fmt.Errorf("sign a request: signer has a public key of %d bytes, want %d", len(pubKey), PubKeySize)
	}
	r.Sender = signer.Address()
	r.PubKey = [PubKeySize]byte(pubKey)
	signature, err := signer.Sign(r.Preimage())
	if err != nil {
		return fmt.Errorf("sign a request as %s: %w", r.Sender, err)
	}
	if len(signature) != SignatureSize {
		return fmt.Errorf("sign a request as %s: signature of %d bytes, want %d", r.Sender, len(signature), SignatureSize)
	}
	r.Signature = [SignatureSize]byte(signature)
	return nil
}

// Verify checks that the key belongs to the sender and that the signature is the key's. It says nothing of receiver,
// freshness, permission or replay.
func (r *Request) Verify() error { return r.verify(r.Digest()) }

// verify is Verify for a digest that is known already.
func (r *Request) verify(digest Digest) error {
	address, err := knownKeys.address(r.PubKey)
	if err != nil {
		return err
	}
	if address != r.Sender {
		return fmt.Errorf("%w: the key is that of %s, the sender says %s", ErrSignature, address, r.Sender)
	}
	return verifyDigest(r.PubKey[:], digest, r.Signature[:])
}

// SetHeaders writes the signed request into HTTP headers.
func (r *Request) SetHeaders(h http.Header) {
	h.Set(HeaderVersion, Domain)
	h.Set(HeaderChainID, r.ChainID)
	h.Set(HeaderNetuid, strconv.FormatUint(uint64(r.Netuid), 10))
	h.Set(HeaderEpoch, strconv.FormatUint(r.Epoch, 10))
	h.Set(HeaderNonce, r.Nonce.String())
	h.Set(HeaderSender, r.Sender)
	h.Set(HeaderReceiver, r.Receiver)
	h.Set(HeaderBody, r.Body.String())
	h.Set(HeaderPubKey, hex.EncodeToString(r.PubKey[:]))
	h.Set(HeaderSignature, hex.EncodeToString(r.Signature[:]))
}

// ErrVersion is wrapped when a request speaks another version of the protocol.
var ErrVersion = errors.New("unsupported wire version")

// IsSigned reports whether the headers carry any of the protocol's, so that the request is to be judged by its rules.
func IsSigned(h http.Header) bool {
	for _, name := range requestHeaders {
		if _, found := h[name]; found {
			return true
		}
	}
	return false
}

var requestHeaders = []string{
	HeaderVersion, HeaderChainID, HeaderNetuid, HeaderEpoch, HeaderNonce,
	HeaderSender, HeaderReceiver, HeaderBody, HeaderPubKey, HeaderSignature,
}

// ParseRequest reads a signed request of its method, target and headers and checks the shape of every field, nothing
// else. Only canonical spellings are accepted, so a request has one form.
func ParseRequest(method, target string, h http.Header) (*Request, error) {
	r := &Request{Method: method, Target: target}
	if method == "" || len(method) > maxMethodLen || strings.ToUpper(method) != method {
		return nil, errors.New("method: want 1 to 16 capital letters")
	}
	if !strings.HasPrefix(target, "/") || len(target) > maxTargetLen {
		return nil, fmt.Errorf("target: want a path that starts with / of at most %d bytes", maxTargetLen)
	}
	version, err := oneHeader(h, HeaderVersion)
	if err != nil {
		return nil, err
	}
	if version != Domain {
		return nil, fmt.Errorf("%w: got %.32q, this side speaks %q", ErrVersion, version, Domain)
	}
	fields := []struct {
		name string
		set  func(text string) error
	}{
		{HeaderChainID, func(text string) error { r.ChainID = text; return validateChainID(text) }},
		{HeaderNetuid, func(text string) error {
			netuid, err := parseUint(text, 32)
			r.Netuid = uint32(netuid) //nolint:gosec // parsed as 32 bits
			return err
		}},
		{HeaderEpoch, func(text string) (err error) { r.Epoch, err = parseUint(text, 64); return err }},
		{HeaderNonce, func(text string) (err error) { r.Nonce, err = ParseNonce(text); return err }},
		{HeaderSender, func(text string) error { r.Sender = text; return ValidateAddress(text) }},
		{HeaderReceiver, func(text string) error { r.Receiver = text; return ValidateAddress(text) }},
		{HeaderBody, func(text string) error { return setHex(r.Body[:], text) }},
		{HeaderPubKey, func(text string) error { return setHex(r.PubKey[:], text) }},
		{HeaderSignature, func(text string) error { return setHex(r.Signature[:], text) }},
	}
	for _, field := range fields {
		text, err := oneHeader(h, field.name)
		if err != nil {
			return nil, err
		}
		if err := field.set(text); err != nil {
			return nil, fmt.Errorf("header %s: %w", field.name, err)
		}
	}
	return r, nil
}

func oneHeader(h http.Header, name string) (string, error) {
	switch values := h[name]; len(values) {
	case 0:
		return "", fmt.Errorf("header %s is missing", name)
	case 1:
		return values[0], nil
	default:
		return "", fmt.Errorf("header %s is given %d times", name, len(values))
	}
}

func validateChainID(text string) error {
	if text == "" || len(text) > maxChainIDLen {
		return fmt.Errorf("want 1 to %d characters", maxChainIDLen)
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return errors.New("want printable ASCII without spaces")
		}
	}
	return nil
}

// parseUint accepts decimal digits without sign or leading zeros.
func parseUint(text string, bits int) (uint64, error) {
	value, err := strconv.ParseUint(text, 10, bits)
	if err != nil || strconv.FormatUint(value, 10) != text {
		return 0, fmt.Errorf("want a decimal number of %d bits without leading zeros, got %.32q", bits, text)
	}
	return value, nil
}

func setHex(target []byte, text string) error {
	decoded, err := decodeHex(text, len(target))
	copy(target, decoded)
	return err
}
