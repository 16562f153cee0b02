package wire

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// NonceRandomSize is the number of random bytes of a nonce.
const NonceRandomSize = 16

// maxNonceMillis keeps the time of a nonce within what JSON numbers and time.Time hold exactly (the year 2255).
const maxNonceMillis = 9_007_199_254_740

// Nonce makes a request unique and says when it was made. Its text form is the time in milliseconds since 1970 in
// decimal without leading zeros, a dash, and the random bytes in lower-case hexadecimal.
type Nonce struct {
	// Millis is the sender's clock in milliseconds since 1970-01-01 UTC, 1 to 9,007,199,254,740.
	Millis int64
	// Random is drawn anew for each request.
	Random [NonceRandomSize]byte
}

// NewNonce draws a nonce for the instant now.
func NewNonce(now time.Time, random io.Reader) (Nonce, error) {
	nonce := Nonce{Millis: now.UnixMilli()}
	if nonce.Millis <= 0 || nonce.Millis > maxNonceMillis {
		return Nonce{}, fmt.Errorf("nonce: the clock says %s; set it", now.UTC().Format(time.RFC3339))
	}
	if _, err := io.ReadFull(random, nonce.Random[:]); err != nil {
		return Nonce{}, fmt.Errorf("nonce: read random bytes: %w", err)
	}
	return nonce, nil
}

// Time is the instant that the nonce claims.
func (n Nonce) Time() time.Time { return time.UnixMilli(n.Millis) }

// String is the canonical text form, the value of the Agora-Nonce header.
func (n Nonce) String() string {
	return strconv.FormatInt(n.Millis, 10) + "-" + hex.EncodeToString(n.Random[:])
}

// ParseNonce reads the canonical text form and refuses every other spelling.
func ParseNonce(text string) (Nonce, error) {
	if len(text) > 13+1+2*NonceRandomSize {
		return Nonce{}, errors.New("nonce: too long; want <milliseconds>-<32 hexadecimal digits>")
	}
	millisText, randomText, found := strings.Cut(text, "-")
	if !found {
		return Nonce{}, errors.New("nonce: want <milliseconds>-<32 hexadecimal digits>")
	}
	millis, err := strconv.ParseInt(millisText, 10, 64)
	if err != nil || millis <= 0 || millis > maxNonceMillis {
		return Nonce{}, fmt.Errorf("nonce: %q is not a time in milliseconds since 1970", millisText)
	}
	random, err := decodeHex(randomText, NonceRandomSize)
	if err != nil {
		return Nonce{}, fmt.Errorf("nonce: %w", err)
	}
	nonce := Nonce{Millis: millis, Random: [NonceRandomSize]byte(random)}
	if nonce.String() != text {
		return Nonce{}, fmt.Errorf("nonce: %q is not in canonical form", text)
	}
	return nonce, nil
}

// decodeHex reads exactly size bytes of lower-case hexadecimal.
func decodeHex(text string, size int) ([]byte, error) {
	if len(text) != 2*size {
		return nil, fmt.Errorf("want %d hexadecimal digits, got %d characters", 2*size, len(text))
	}
	decoded, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w in %q", err, text)
	}
	if strings.ToLower(text) != text {
		return nil, errors.New("hexadecimal digits must be lower case")
	}
	return decoded, nil
}
