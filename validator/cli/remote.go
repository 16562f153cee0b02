package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/internal/blobdir"
	"github.com/agora-network/agora/validator"
	"github.com/agora-network/agora/validator/store"
)

const (
	// stallTimeout is how long a validator may send nothing.
	stallTimeout = 30 * time.Second
	// remoteTimeout bounds a whole answer: the largest evidence at 75 KB in a second.
	remoteTimeout = time.Hour
	// maxIndexBytes bounds an index of evidence.
	maxIndexBytes = 1 << 20
)

// isURL tells whether evidence is named by an address.
func isURL(text string) bool {
	return strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")
}

// findEvidence asks a validator's public listener for the evidence of an epoch.
func findEvidence(ctx context.Context, base string, key store.Key) ([]byte, error) {
	address, err := url.Parse(base)
	if err != nil || !isURL(base) || address.Host == "" {
		return nil, fmt.Errorf("%q is not the address of a validator's evidence_listen, such as https://validator.example", base)
	}
	index := address.JoinPath("evidence")
	index.RawQuery = fmt.Sprintf("netuid=%d&epoch=%d&benchmark=%d", key.Netuid, key.Epoch, key.Benchmark)
	text, err := fetch(ctx, index.String(), maxIndexBytes)
	if err != nil {
		return nil, err
	}
	var listed validator.EvidenceIndex
	if err := json.Unmarshal(text, &listed); err != nil {
		return nil, fmt.Errorf("%s does not answer with an index of evidence: %w", index, err)
	}
	for _, entry := range listed.Evidence {
		if _, ok := blobdir.ParseDigest(entry.Digest); !ok || entry.Netuid != key.Netuid || entry.Epoch != key.Epoch || entry.Benchmark != key.Benchmark {
			continue
		}
		return fetchEvidenceAt(ctx, address.JoinPath("evidence", entry.Digest).String())
	}
	return nil, fmt.Errorf("%s has no evidence of %s: no row was made or opened there, or it is older than what is kept", base, key)
}

// fetchEvidenceAt reads evidence from its address. Where that ends in a digest, the content must have it.
func fetchEvidenceAt(ctx context.Context, address string) ([]byte, error) {
	blob, err := fetch(ctx, address, evidence.MaxLogBytes)
	if err != nil {
		return nil, err
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if digest, named := blobdir.ParseDigest(path.Base(parsed.Path)); named && sha256.Sum256(blob) != digest {
		return nil, fmt.Errorf("%s sends %d bytes with sha256 %x", address, len(blob), sha256.Sum256(blob))
	}
	return blob, nil
}

// fetch reads what a stranger's server has, at most limit bytes, and no longer than it goes on.
func fetch(ctx context.Context, address string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, remoteTimeout)
	defer cancel()
	ctx, stall := context.WithCancelCause(ctx)
	defer stall(nil)
	silence := time.AfterFunc(stallTimeout, func() { stall(fmt.Errorf("nothing came for %s", stallTimeout)) })
	defer silence.Stop()
	explain := func(err error) error {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("read %s: %w", address, err)
	}

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	// A redirect could lead into one's own network.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		return nil, explain(err)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode != http.StatusOK:
		said, _ := io.ReadAll(io.LimitReader(response.Body, 300)) // what could be read of it will do
		return nil, fmt.Errorf("%s answers %d: %q", address, response.StatusCode, strings.TrimSpace(string(said)))
	case response.ContentLength > limit:
		return nil, fmt.Errorf("%s announces %d bytes, at most %d are read", address, response.ContentLength, limit)
	}
	var body bytes.Buffer
	read, err := io.Copy(&body, &heard{io.LimitReader(response.Body, limit+1), func() { silence.Reset(stallTimeout) }})
	switch {
	case err != nil:
		return nil, explain(err)
	case read > limit:
		return nil, fmt.Errorf("%s sends more than %d bytes", address, limit)
	}
	return body.Bytes(), nil
}

// heard tells of every part that comes.
type heard struct {
	from io.Reader
	tell func()
}

// Read implements [io.Reader].
func (h *heard) Read(into []byte) (int, error) {
	n, err := h.from.Read(into)
	if n > 0 {
		h.tell()
	}
	return n, err
}

// readEvidenceFile reads a file that somebody has handed over.
func readEvidenceFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, evidence.MaxLogBytes+1)) // one more than can be decoded
}

// checkRoot refuses evidence of a stranger that is not what the chain shows, before any work is done for it.
func checkRoot(log *evidence.Log, onChain []byte) error {
	root := log.Root()
	if !bytes.Equal(root[:], onChain) {
		return fmt.Errorf("the evidence has root %x, the chain shows %s of %s: it is not what was scored", root, hex.EncodeToString(onChain), log.Header().Hotkey)
	}
	return nil
}
