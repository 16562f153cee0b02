// Package keyfile keeps a node's beacon key in a file. The chain's own code must not touch files, so it stands apart from the
// package that proves and verifies.
package keyfile

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/agora-network/agora/internal/beacon"
)

// FileName is the file's name in the config folder of a node's home.
const FileName = "beacon_key.json"

// ErrFile is returned for a key file that cannot be used.
var ErrFile = errors.New("beacon key file")

// file is a private key on disk.
type file struct {
	Type    string `json:"type"`
	Public  string `json:"public"`
	Private string `json:"private"`
}

const keyType = "agora/beacon-key/bls12381-g2"

// Write stores a key for its owner's eyes only. It returns an error that wraps fs.ErrExist where the file exists: a key in use is
// never overwritten.
func Write(path string, key *beacon.PrivateKey) error {
	private, err := key.MarshalBinary()
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(file{Type: keyType, Public: hex.EncodeToString(key.Public()), Private: hex.EncodeToString(private)}, "", "  ")
	if err != nil {
		return err
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write %w: %w", ErrFile, err)
	}
	_, err = out.Write(append(content, '\n'))
	return errors.Join(err, out.Sync(), out.Close())
}

// Read loads a key. The error wraps ErrFile, and fs.ErrNotExist where there is no file.
func Read(path string) (*beacon.PrivateKey, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %w: %w", ErrFile, err)
	}
	var stored file
	if err := json.Unmarshal(content, &stored); err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrFile, path, err)
	}
	if stored.Type != keyType {
		return nil, fmt.Errorf("%w %s: type %q, want %q", ErrFile, path, stored.Type, keyType)
	}
	private, err := hex.DecodeString(stored.Private)
	if err != nil {
		return nil, fmt.Errorf("%w %s: the private key is not hexadecimal", ErrFile, path)
	}
	key, err := beacon.ParsePrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrFile, path, err)
	}
	if stored.Public != hex.EncodeToString(key.Public()) {
		return nil, fmt.Errorf("%w %s: the public key does not belong to the private one", ErrFile, path)
	}
	return key, nil
}

// ReadOrCreate reads the key of a file, or makes one with random and writes it where there is none.
func ReadOrCreate(path string, random io.Reader) (*beacon.PrivateKey, error) {
	key, err := Read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = beacon.GenerateKey(random); err != nil {
		return nil, err
	}
	return key, Write(path, key)
}
