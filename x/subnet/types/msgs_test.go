package types_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/x/subnet/types"
)

func TestRegisterSubnetChecksItsTexts(t *testing.T) {
	for _, tc := range []struct {
		name, text, description string
		want                    error
	}{
		{"a name and a description pass", "sums", "digits\nand more", nil},
		{"a name in another script passes", "вычисления", "", nil},
		{"an empty name is refused", "", "", types.ErrTextInvalid},
		{"a name of 65 bytes is refused", strings.Repeat("x", 65), "", types.ErrTextInvalid},
		{"a description of 513 bytes is refused", "sums", strings.Repeat("x", 513), types.ErrTextInvalid},
		{"a name that is not UTF-8 is refused", "\xff", "", types.ErrTextInvalid},
		{"a name with an escape character is refused", "\x1b[31mred", "", types.ErrTextInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, (&types.MsgRegisterSubnet{Name: tc.text, Description: tc.description}).ValidateBasic(), tc.want)
		})
	}
}

func TestProposeBenchmarkChecksDigestAndBlobs(t *testing.T) {
	spec := []byte("spec")
	digest := sha256.Sum256(spec)
	blob := types.Blob{Sha256: digest[:], Size_: 4, Urls: []string{"https://example.org/data?version=1"}}
	with := func(change func(*types.Blob)) []types.Blob {
		changed := blob
		change(&changed)
		return []types.Blob{changed}
	}
	for _, tc := range []struct {
		name         string
		spec, digest []byte
		blobs        []types.Blob
		want         error
	}{
		{"a spec with its digest and a blob passes", spec, digest[:], []types.Blob{blob}, nil},
		{"an empty spec is refused", nil, digest[:], nil, types.ErrSpecInvalid},
		{"another digest is refused", spec, make([]byte, 32), nil, types.ErrSpecDigest},
		{"no digest is refused", spec, nil, nil, types.ErrSpecDigest},
		{"a digest that is far too long is refused", spec, make([]byte, 1<<16), nil, types.ErrSpecDigest},
		{"33 blobs are refused", spec, digest[:], make([]types.Blob, 33), types.ErrBlobInvalid},
		{"a blob with a short hash is refused", spec, digest[:], with(func(b *types.Blob) { b.Sha256 = b.Sha256[:31] }), types.ErrBlobInvalid},
		{"an empty blob is refused", spec, digest[:], with(func(b *types.Blob) { b.Size_ = 0 }), types.ErrBlobInvalid},
		{"a blob without url is refused", spec, digest[:], with(func(b *types.Blob) { b.Urls = nil }), types.ErrBlobInvalid},
		{"a blob with 9 urls is refused", spec, digest[:], with(func(b *types.Blob) { b.Urls = make([]string, 9) }), types.ErrBlobInvalid},
		{"a blob on a file system is refused", spec, digest[:], with(func(b *types.Blob) { b.Urls = []string{"file:///etc/passwd"} }), types.ErrBlobInvalid},
		{"a blob url with a password is refused", spec, digest[:], with(func(b *types.Blob) { b.Urls = []string{"https://a:b@example.org/"} }), types.ErrBlobInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, (&types.MsgProposeBenchmark{Spec: tc.spec, Digest: tc.digest, Blobs: tc.blobs}).ValidateBasic(), tc.want)
		})
	}
}

func TestServeChecksEndpoints(t *testing.T) {
	for _, tc := range []struct {
		name, endpoint string
		ok             bool
	}{
		{"an https URL passes", "https://miner.example", true},
		{"an http URL with a port and a path passes", "http://10.0.0.1:8080/v0", true},
		{"an IPv6 address passes", "http://[::1]:8080", true},
		{"nothing is refused", "", false},
		{"a host without scheme is refused", "miner.example:8080", false},
		{"a relative path is refused", "/v1", false},
		{"another scheme is refused", "ftp://miner.example", false},
		{"a URL without host is refused", "https://", false},
		{"a URL with only a port is refused", "https://:8080", false},
		{"an opaque URL is refused", "http:miner.example", false},
		{"user info is refused", "https://user@miner.example", false},
		{"a query is refused", "https://miner.example?x=1", false},
		{"an empty query is refused", "https://miner.example?", false},
		{"a fragment is refused", "https://miner.example#x", false},
		{"an empty fragment is refused", "https://miner.example#", false},
		{"white space is refused", "https://miner.example /", false},
		{"a line break is refused", "https://miner.example\n", false},
		{"letters that look like others are refused", "https://mіner.example", false},
		{"a port that is no number is refused", "https://miner.example:http", false},
		{"a broken escape is refused", "https://miner.example/%zz", false},
		{"a second port is refused", "http://localhost:80:80/", false},
		{"a port beyond 65535 is refused", "https://miner.example:65536", false},
		{"an IPv6 address without its closing bracket is refused", "https://[::1", false},
		{"what follows an IPv6 address must be a port", "https://[::1]8080", false},
		{"an escape in a host is refused", "https://miner%2eexample", false},
		{"257 bytes are refused", "https://miner.example/" + strings.Repeat("x", 235), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := (&types.MsgServe{Endpoints: []string{tc.endpoint}}).ValidateBasic()
			if tc.ok {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, types.ErrEndpointInvalid)
			require.Less(t, len(err.Error()), 512, "what a sender wrote does not fill the message")
		})
	}
}

func TestAnEndpointIsReadAlikeWhateverTheEnvironment(t *testing.T) {
	for _, setting := range []string{"urlstrictcolons=0", "urlstrictcolons=1"} {
		t.Setenv("GODEBUG", setting)
		err := (&types.MsgServe{Endpoints: []string{"http://localhost:80:80/"}}).ValidateBasic()
		require.ErrorIs(t, err, types.ErrEndpointInvalid, setting)
	}
}

func TestServeChecksTheRest(t *testing.T) {
	for _, tc := range []struct {
		name string
		msg  types.MsgServe
		want error
	}{
		{"nothing served passes", types.MsgServe{}, nil},
		{"everything in bounds passes", types.MsgServe{
			TlsPin: make([]byte, 32), Protocols: []string{"agora/1"},
			Capabilities: types.Capabilities{Model: "m", ModelDigest: make([]byte, 32), Quantization: "f16"},
		}, nil},
		{"five endpoints are refused", types.MsgServe{Endpoints: make([]string, 5)}, types.ErrEndpointInvalid},
		{"a pin of 31 bytes is refused", types.MsgServe{TlsPin: make([]byte, 31)}, types.ErrServeInvalid},
		{"nine protocols are refused", types.MsgServe{Protocols: make([]string, 9)}, types.ErrServeInvalid},
		{"an empty protocol is refused", types.MsgServe{Protocols: []string{""}}, types.ErrServeInvalid},
		{"a protocol of 33 bytes is refused", types.MsgServe{Protocols: []string{strings.Repeat("x", 33)}}, types.ErrServeInvalid},
		{"a model of 129 bytes is refused", types.MsgServe{Capabilities: types.Capabilities{Model: strings.Repeat("x", 129)}}, types.ErrServeInvalid},
		{"a model digest of 20 bytes is refused", types.MsgServe{Capabilities: types.Capabilities{ModelDigest: make([]byte, 20)}}, types.ErrServeInvalid},
		{"a quantization of 33 bytes is refused", types.MsgServe{Capabilities: types.Capabilities{Quantization: strings.Repeat("x", 33)}}, types.ErrServeInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) { require.ErrorIs(t, tc.msg.ValidateBasic(), tc.want) })
	}
}

func TestRevealScoresChecksTheShapeOfTheRow(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*types.MsgRevealScores)
		want   error
	}{
		{"a row passes", func(*types.MsgRevealScores) {}, nil},
		{"an empty row without items passes", func(m *types.MsgRevealScores) { m.MinerIds, m.Weights, m.Items = nil, nil, 0 }, nil},
		{"a missing weight is refused", func(m *types.MsgRevealScores) { m.Weights = m.Weights[:1] }, types.ErrEntriesMismatch},
		{"4,097 entries are refused", func(m *types.MsgRevealScores) { m.MinerIds, m.Weights = make([]uint64, 4097), make([]uint32, 4097) }, types.ErrTooManyEntries},
		{"descending ids are refused", func(m *types.MsgRevealScores) { m.MinerIds = []uint64{2, 1} }, types.ErrEntriesUnsorted},
		{"an id that is there twice is refused", func(m *types.MsgRevealScores) { m.MinerIds = []uint64{2, 2} }, types.ErrEntriesUnsorted},
		{"a weight of 0 is refused", func(m *types.MsgRevealScores) { m.Weights[0] = 0 }, types.ErrZeroWeight},
		{"a weight of 65,536 is refused", func(m *types.MsgRevealScores) { m.Weights[0] = 65_536 }, types.ErrWeightTooLarge},
		{"a root of 33 bytes is refused", func(m *types.MsgRevealScores) { m.EvidenceRoot = make([]byte, 33) }, types.ErrEvidenceRootInvalid},
		{"weights without items are refused", func(m *types.MsgRevealScores) { m.Items = 0 }, types.ErrNoEvidence},
		{"a salt of 15 bytes is refused", func(m *types.MsgRevealScores) { m.Salt = make([]byte, 15) }, types.ErrSaltInvalid},
		{"a salt of 65 bytes is refused", func(m *types.MsgRevealScores) { m.Salt = make([]byte, 65) }, types.ErrSaltInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			msg := types.MsgRevealScores{MinerIds: []uint64{1, 2}, Weights: []uint32{1, 65_535}, EvidenceRoot: make([]byte, 32), Items: 1, Salt: make([]byte, 16)}
			tc.change(&msg)
			require.ErrorIs(t, msg.ValidateBasic(), tc.want)
		})
	}
}

func TestOtherMessagesCheckWhatNeedsNoState(t *testing.T) {
	require.ErrorIs(t, (&types.MsgAppointHotkey{ShareBp: 10_001}).ValidateBasic(), types.ErrShareInvalid)
	require.NoError(t, (&types.MsgAppointHotkey{ShareBp: 10_000}).ValidateBasic())
	require.ErrorIs(t, (&types.MsgCommitScores{Hash: make([]byte, 31)}).ValidateBasic(), types.ErrCommitHashInvalid)
	require.NoError(t, (&types.MsgCommitScores{Hash: make([]byte, 32)}).ValidateBasic())
	require.ErrorIs(t, (&types.MsgUpdateParams{}).ValidateBasic(), types.ErrParamsInvalid)
}

func FuzzServeNeverPanics(f *testing.F) {
	f.Add("https://miner.example:8080/x", "agora/1", "model")
	f.Fuzz(func(t *testing.T, endpoint, protocol, model string) {
		err := (&types.MsgServe{Endpoints: []string{endpoint}, Protocols: []string{protocol}, Capabilities: types.Capabilities{Model: model}}).ValidateBasic()
		if err == nil && !strings.HasPrefix(strings.ToLower(endpoint), "http") {
			t.Errorf("%q passed", endpoint)
		}
	})
}
