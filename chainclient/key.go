package chainclient

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/hd"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/bech32"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

// AddressPrefix is the human-readable part of account addresses.
const AddressPrefix = "agora"

// keyringName is the name under which the chain's own command line keeps its keys, so that both see the same ones.
const keyringName = "agora"

// The keyring backends that work without a person at a terminal.
const (
	// BackendTest keeps keys unencrypted. For test networks.
	BackendTest = keyring.BackendTest
	// BackendFile keeps keys encrypted by a passphrase.
	BackendFile = keyring.BackendFile
	// BackendMemory forgets its keys at the end of the process. For tests.
	BackendMemory = keyring.BackendMemory
)

// minPassphrase is the least length of a passphrase that the keyring accepts.
const minPassphrase = 8

// Key is a secp256k1 key held in memory. It signs transactions, and requests over wire.
type Key struct {
	private cryptotypes.PrivKey
	public  cryptotypes.PubKey
	address string
}

// NewKey makes a key of 32 secret bytes.
func NewKey(secret []byte) (*Key, error) {
	if len(secret) != secp256k1.PrivKeySize {
		return nil, fmt.Errorf("private key of %d bytes, want %d", len(secret), secp256k1.PrivKeySize)
	}
	return newKey(&secp256k1.PrivKey{Key: append([]byte(nil), secret...)})
}

// GenerateKey makes a new random key that is stored nowhere.
func GenerateKey() (*Key, error) { return newKey(secp256k1.GenPrivKey()) }

func newKey(private cryptotypes.PrivKey) (*Key, error) {
	if private.Type() != "secp256k1" {
		return nil, fmt.Errorf("key of type %s cannot sign requests to miners; use a secp256k1 key", private.Type())
	}
	public := private.PubKey()
	address, err := bech32.ConvertAndEncode(AddressPrefix, public.Address())
	if err != nil {
		return nil, err
	}
	return &Key{private: private, public: public, address: address}, nil
}

// Address is the bech32 account address.
func (k *Key) Address() string { return k.address }

// AddressBytes is the account address, 20 bytes.
func (k *Key) AddressBytes() []byte { return k.public.Address() }

// PubKey is the compressed public key, 33 bytes.
func (k *Key) PubKey() []byte { return k.public.Bytes() }

// Sign returns the 64-byte low-S signature R || S over sha256(message).
func (k *Key) Sign(message []byte) ([]byte, error) { return k.private.Sign(message) }

// KeyringConfig says where keys are kept.
type KeyringConfig struct {
	// Backend is BackendTest, BackendFile or BackendMemory; never guessed.
	Backend string
	// Dir is the folder that holds the keyring folder: the home of agorad or of the daemon.
	Dir string
	// Passphrase opens BackendFile.
	Passphrase string
}

// Keyring finds and makes keys.
type Keyring struct {
	config KeyringConfig
	ring   keyring.Keyring
}

// OpenKeyring opens a keyring, which creates it where it does not exist.
func OpenKeyring(config KeyringConfig) (*Keyring, error) {
	switch config.Backend {
	case BackendTest, BackendMemory:
	case BackendFile:
		if config.Passphrase == "" {
			return nil, errors.New("the file keyring needs a passphrase; give it in AGORA_KEYRING_PASSPHRASE or in a file named by keyring.passphrase_file")
		}
		if len(config.Passphrase) < minPassphrase {
			return nil, fmt.Errorf("the passphrase of the file keyring has %d bytes; it needs at least %d", len(config.Passphrase), minPassphrase)
		}
	default:
		return nil, fmt.Errorf("keyring backend %q: want test or file; others need a person at a terminal", config.Backend)
	}
	if config.Backend != BackendMemory && config.Dir == "" {
		return nil, errors.New("keyring: no folder given; set keyring.dir")
	}
	registry := codectypes.NewInterfaceRegistry()
	cryptocodec.RegisterInterfaces(registry)
	ring, err := keyring.New(keyringName, config.Backend, config.Dir, &passphraseReader{text: config.Passphrase}, codec.NewProtoCodec(registry))
	if err != nil {
		return nil, fmt.Errorf("open the %s keyring in %s: %w", config.Backend, config.Dir, err)
	}
	return &Keyring{config: config, ring: ring}, nil
}

// passphraseReader answers each prompt of the keyring with the passphrase, a bounded number of times.
type passphraseReader struct {
	text string
	rest string
	uses int
}

func (r *passphraseReader) Read(buffer []byte) (int, error) {
	if r.rest == "" {
		if r.uses++; r.uses > 16 {
			return 0, io.EOF
		}
		r.rest = r.text + "\n"
	}
	n := copy(buffer, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Key loads a key by its name or address. The error wraps [ErrKeyMissing] where there is none.
func (k *Keyring) Key(name string) (*Key, error) {
	record, err := k.record(name)
	if err != nil {
		if errors.Is(err, sdkerrors.ErrKeyNotFound) || errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%w: no key %q in the %s keyring in %s; make one with `keys add %s`", ErrKeyMissing, name, k.config.Backend, k.config.Dir, name)
		}
		return nil, fmt.Errorf("read key %q: %w", name, err)
	}
	local := record.GetLocal()
	if local == nil || local.PrivKey == nil {
		return nil, fmt.Errorf("key %q is of type %s, whose secret is not here; a daemon needs a local key", name, record.GetType())
	}
	private, ok := local.PrivKey.GetCachedValue().(cryptotypes.PrivKey)
	if !ok {
		return nil, fmt.Errorf("key %q cannot be decoded", name)
	}
	return newKey(private)
}

func (k *Keyring) record(name string) (*keyring.Record, error) {
	if !strings.HasPrefix(name, AddressPrefix+"1") {
		return k.ring.Key(name)
	}
	_, address, err := bech32.DecodeAndConvert(name)
	if err != nil {
		return nil, err
	}
	return k.ring.KeyByAddress(sdk.AccAddress(address))
}

// Add makes a new key and returns it with the words that recover it.
func (k *Keyring) Add(name string) (*Key, string, error) {
	if _, err := k.ring.Key(name); err == nil {
		return nil, "", fmt.Errorf("key %q exists already in %s; choose another name", name, k.config.Dir)
	}
	_, mnemonic, err := k.ring.NewMnemonic(name, keyring.English, hd.CreateHDPath(cosmosCoinType, 0, 0).String(), keyring.DefaultBIP39Passphrase, hd.Secp256k1)
	if err != nil {
		return nil, "", fmt.Errorf("make key %q: %w", name, err)
	}
	key, err := k.Key(name)
	return key, mnemonic, err
}

// Recover makes a key from its words.
func (k *Keyring) Recover(name, mnemonic string) (*Key, error) {
	if _, err := k.ring.Key(name); err == nil {
		return nil, fmt.Errorf("key %q exists already in %s; choose another name", name, k.config.Dir)
	}
	_, err := k.ring.NewAccount(name, strings.TrimSpace(mnemonic), keyring.DefaultBIP39Passphrase, hd.CreateHDPath(cosmosCoinType, 0, 0).String(), hd.Secp256k1)
	if err != nil {
		return nil, fmt.Errorf("recover key %q: %w", name, err)
	}
	return k.Key(name)
}

// NamedAddress is a key without its secret.
type NamedAddress struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// List names all keys.
func (k *Keyring) List() ([]NamedAddress, error) {
	records, err := k.ring.List()
	if err != nil {
		return nil, fmt.Errorf("list the keys in %s: %w", k.config.Dir, err)
	}
	named := make([]NamedAddress, 0, len(records))
	for _, record := range records {
		public, err := record.GetPubKey()
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", record.Name, err)
		}
		address, err := bech32.ConvertAndEncode(AddressPrefix, public.Address())
		if err != nil {
			return nil, err
		}
		named = append(named, NamedAddress{Name: record.Name, Address: address})
	}
	return named, nil
}

// cosmosCoinType is the SLIP-44 number in the derivation path of keys, the one that Cosmos wallets use.
const cosmosCoinType = 118
