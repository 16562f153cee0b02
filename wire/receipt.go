package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Receipt is the answering side's signed statement: to this request, with this status, I answered this body. It can be
// checked by anyone who knows the request digest and the body, at any later time.
type Receipt struct {
	// Request is the digest of the request that was answered.
	Request Digest
	// Status is the HTTP status, 100 to 599.
	Status int
	// Body is the sha256 of the body of the answer; of an event stream, without the closing receipt comment.
	Body Digest
	// PubKey is the compressed key that signed.
	PubKey [PubKeySize]byte
	// Signature is over Preimage.
	Signature [SignatureSize]byte
}

// ReceiptCommentPrefix starts the line of an event stream that carries the receipt. Readers of event streams ignore
// lines that start with a colon.
const ReceiptCommentPrefix = ": agora-receipt "

// receiptTextLen is the length of every receipt's text form.
const receiptTextLen = len(Domain) + 1 + 64 + 1 + 3 + 1 + 64 + 1 + 66 + 1 + 128

// ErrReceipt is wrapped by every failure to read or verify a receipt.
var ErrReceipt = errors.New("receipt is not valid")

// NewReceipt signs a receipt.
func NewReceipt(signer Signer, request Digest, status int, body Digest) (Receipt, error) {
	r := Receipt{Request: request, Status: status, Body: body}
	if status < 100 || status > 599 {
		return Receipt{}, fmt.Errorf("sign a receipt: status %d is not between 100 and 599", status)
	}
	pubKey := signer.PubKey()
	if len(pubKey) != PubKeySize {
		return Receipt{}, fmt.Errorf("sign a receipt: signer has a public key of %d bytes, want %d", len(pubKey), PubKeySize)
	}
	r.PubKey = [PubKeySize]byte(pubKey)
	signature, err := signer.Sign(r.Preimage())
	if err != nil {
		return Receipt{}, fmt.Errorf("sign a receipt as %s: %w", signer.Address(), err)
	}
	if len(signature) != SignatureSize {
		return Receipt{}, fmt.Errorf("sign a receipt: signature of %d bytes, want %d", len(signature), SignatureSize)
	}
	r.Signature = [SignatureSize]byte(signature)
	return r, nil
}

// Preimage is the bytes that are hashed and signed: length-prefixed domain, kind, request digest, status (32 bits), body
// digest.
func (r Receipt) Preimage() []byte {
	return newPreimage(kindReceipt).
		bytes(r.Request[:]).
		uint32(uint32(r.Status)). //nolint:gosec // 100 to 599 by construction
		bytes(r.Body[:])
}

// Digest identifies the receipt: the sha256 of its preimage.
func (r Receipt) Digest() Digest { return sha256.Sum256(r.Preimage()) }

// Signer is the address of the key that signed.
func (r Receipt) Signer() (string, error) { return knownKeys.address(r.PubKey) }

// Verify checks that signer signed this receipt for this request and body. A failure wraps [ErrReceipt] and names what
// differs.
func (r Receipt) Verify(signer string, request, body Digest) error {
	if r.Request != request {
		return fmt.Errorf("%w: it is for request %s, asked was %s", ErrReceipt, r.Request, request)
	}
	if r.Body != body {
		return fmt.Errorf("%w: it is for a body with digest %s, received was %s", ErrReceipt, r.Body, body)
	}
	address, err := r.Signer()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if address != signer {
		return fmt.Errorf("%w: signed by %s, asked was %s", ErrReceipt, address, signer)
	}
	if err := Verify(r.PubKey[:], r.Preimage(), r.Signature[:]); err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	return nil
}

// String is the canonical text form, the value of the Agora-Receipt header and trailer:
// agora/1;request;status;body;public key;signature, bytes in lower-case hexadecimal.
func (r Receipt) String() string {
	text := make([]byte, 0, receiptTextLen)
	text = append(text, Domain+";"...)
	text = append(hex.AppendEncode(text, r.Request[:]), ';')
	text = append(strconv.AppendInt(text, int64(r.Status), 10), ';')
	text = append(hex.AppendEncode(text, r.Body[:]), ';')
	text = append(hex.AppendEncode(text, r.PubKey[:]), ';')
	return string(hex.AppendEncode(text, r.Signature[:]))
}

// ParseReceipt reads the canonical text form and refuses every other spelling. It does not verify the signature.
func ParseReceipt(text string) (Receipt, error) {
	if len(text) != receiptTextLen {
		return Receipt{}, fmt.Errorf("%w: want %d characters, got %d", ErrReceipt, receiptTextLen, len(text))
	}
	parts := strings.Split(text, ";")
	if len(parts) != 6 || parts[0] != Domain {
		return Receipt{}, fmt.Errorf("%w: want %s and five fields, separated by semicolons", ErrReceipt, Domain)
	}
	var r Receipt
	status, err := parseUint(parts[2], 16)
	if err != nil || status < 100 || status > 599 {
		return Receipt{}, fmt.Errorf("%w: status %q is not between 100 and 599", ErrReceipt, parts[2])
	}
	r.Status = int(status) //nolint:gosec // checked above
	for _, field := range []struct {
		target []byte
		text   string
	}{{r.Request[:], parts[1]}, {r.Body[:], parts[3]}, {r.PubKey[:], parts[4]}, {r.Signature[:], parts[5]}} {
		if err := setHex(field.target, field.text); err != nil {
			return Receipt{}, fmt.Errorf("%w: %w", ErrReceipt, err)
		}
	}
	return r, nil
}
