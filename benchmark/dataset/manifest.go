package dataset

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// ManifestName is the file of a set's folder that describes it.
const ManifestName = "manifest.json"

// MaxManifestBytes bounds the encoding of a manifest.
const MaxManifestBytes = 64 << 10

// manifestFormat is the only format that is known.
const manifestFormat = 1

// Manifest describes a set to whoever has its folder.
type Manifest struct {
	// Kind is what the items are.
	Kind Kind
	Set
}

// Validate checks kind and set; the error wraps [ErrInvalid].
func (m *Manifest) Validate() error {
	if err := m.Kind.Validate(); err != nil {
		return err
	}
	return m.Set.Validate()
}

type manifestText struct {
	Format int         `json:"format" yaml:"-"`
	Kind   Kind        `json:"kind" yaml:"-"`
	Root   digest      `json:"root" yaml:"root"`
	Items  uint64      `json:"items" yaml:"items"`
	Shards []shardText `json:"shards,omitempty" yaml:"shards,omitempty"`
	// Mirrors are of the spec only: a folder does not know where it is served.
	Mirrors []string `json:"-" yaml:"mirrors,omitempty"`
}

type shardText struct {
	SHA256 digest `json:"sha256" yaml:"sha256"`
	Length int64  `json:"length" yaml:"length"`
	Items  uint64 `json:"items" yaml:"items"`
}

type digest [32]byte

func (d digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

func (d *digest) UnmarshalText(text []byte) error {
	if len(text) != 2*len(d) {
		return fmt.Errorf("a digest has %d characters, must have %d", len(text), 2*len(d))
	}
	_, err := hex.Decode(d[:], text)
	return err
}

func (m *Manifest) text() manifestText {
	text := manifestText{Format: manifestFormat, Kind: m.Kind, Root: m.Root, Items: m.Items}
	for _, shard := range m.Shards {
		text.Shards = append(text.Shards, shardText{SHA256: shard.SHA256, Length: shard.Length, Items: shard.Items})
	}
	return text
}

// Encode returns the text of a manifest, JSON that ends with a newline. The error
// wraps [ErrInvalid].
func (m *Manifest) Encode() ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	encoded, err := json.MarshalIndent(m.text(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return append(encoded, '\n'), nil
}

// DecodeManifest reads a manifest exactly as [Manifest.Encode] writes it; a manifest
// has one text. The error wraps [ErrInvalid].
func DecodeManifest(data []byte) (Manifest, error) {
	if len(data) > MaxManifestBytes {
		return Manifest{}, fmt.Errorf("%w: the manifest has more than %d bytes", ErrInvalid, MaxManifestBytes)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var text manifestText
	if err := decoder.Decode(&text); err != nil {
		return Manifest{}, fmt.Errorf("%w: manifest: %w", ErrInvalid, err)
	}
	if text.Format != manifestFormat {
		return Manifest{}, fmt.Errorf("%w: the manifest has format %d, known is %d", ErrInvalid, text.Format, manifestFormat)
	}
	m := Manifest{Kind: text.Kind, Set: Set{Root: text.Root, Items: text.Items}}
	for _, shard := range text.Shards {
		m.Shards = append(m.Shards, Shard{SHA256: shard.SHA256, Length: shard.Length, Items: shard.Items})
	}
	encoded, err := m.Encode()
	if err != nil {
		return Manifest{}, err
	}
	if !bytes.Equal(encoded, data) {
		return Manifest{}, fmt.Errorf("%w: the manifest is not in its canonical form; write it with this program", ErrInvalid)
	}
	return m, nil
}

// SpecYAML returns what a spec says of the set: the setting "dataset" of a source if
// the items are questions, "documents" if they are documents. A sealed set names no
// shards, so that nothing but openings can be asked for.
func (m *Manifest) SpecYAML(mirrors []string, sealed bool) (string, error) {
	if err := m.Validate(); err != nil {
		return "", err
	}
	text := m.text()
	text.Mirrors = mirrors
	if sealed {
		text.Shards = nil
	}
	name := "dataset"
	if m.Kind == Documents {
		name = "documents"
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(map[string]manifestText{name: text}); err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return out.String(), encoder.Close()
}
