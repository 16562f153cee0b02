package human_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"

	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/cmd/agorad/human"
)

var rewrite = flag.Bool("rewrite", false, "write golden files and docs/cli.md anew")

// program runs the commands against a market, with a keyring that holds alice, bob and rig.
type program struct {
	*market
	keys keyring.Keyring
	now  time.Time
	in   string
}

func newProgram(t *testing.T) *program {
	t.Helper()
	m := newMarket(t)
	keys := keyring.NewInMemory(m.App.Encoding().Codec)
	for _, name := range []string{"alice", "bob", "rig"} {
		require.NoError(t, keys.ImportPrivKeyHex(name, fmt.Sprintf("%x", apptest.NewAccount(name).Key.Bytes()), "secp256k1"))
	}
	return &program{market: m, keys: keys, now: m.Time.Add(2 * time.Second)}
}

// run is one run of the program: what it prints on both outputs, and its exit code.
func (p *program) run(arguments ...string) (out, errOut string, code int) {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	root := &cobra.Command{
		Use: "agorad", SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if p.market.Chain == nil { // a command that needs none
				return nil
			}
			ctx := p.clientContext().WithKeyring(p.keys).WithChainID(apptest.ChainID).WithCmdContext(cmd.Context()).WithNodeURI(p.url)
			node, err := client.NewClientFromNode(p.url)
			if err != nil {
				return err
			}
			if flag := cmd.Flags().Lookup(flags.FlagNode); flag == nil || !flag.Changed {
				ctx = ctx.WithClient(node)
			}
			return client.SetCmdClientContextHandler(ctx, cmd)
		},
	}
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	root.SetIn(strings.NewReader(p.in))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help lists the flags", err, cmd.CommandPath())
	})
	root.AddCommand(human.Commands(human.Options{
		Now: func() time.Time { return p.now },
		Await: func(ctx context.Context, clientCtx client.Context, hash []byte) (*coretypes.ResultTx, error) {
			node, err := clientCtx.GetNode()
			if err != nil {
				return nil, err
			}
			return node.Tx(ctx, hash, false)
		},
	})...)
	root.SetArgs(arguments)
	err := root.ExecuteContext(context.WithValue(p.t.Context(), client.ClientContextKey, &client.Context{}))
	code = human.Report(root, arguments, err)
	out = stdout.String()
	if p.url != "" {
		out = strings.ReplaceAll(out, p.url, "tcp://localhost:26657")
	}
	return out, stderr.String(), code
}

// envelope is what every command answers with --json.
type envelope struct {
	OK    bool            `json:"ok"`
	Data  json.RawMessage `json:"data"`
	Error *struct {
		Code, Message, Remediation string
	} `json:"error"`
	Meta *struct {
		Height string
		Time   time.Time
	} `json:"meta"`
}

func (p *program) json(arguments ...string) (envelope, int) {
	p.t.Helper()
	out, errOut, code := p.run(withJSON(arguments)...)
	require.Empty(p.t, errOut, "nothing but the envelope is printed")
	var e envelope
	decoder := json.NewDecoder(strings.NewReader(out))
	require.NoError(p.t, decoder.Decode(&e), out)
	require.False(p.t, decoder.More(), "one envelope, not several")
	require.Equal(p.t, code == human.ExitOK, e.OK)
	require.Equal(p.t, e.OK, e.Error == nil)
	return e, code
}

// withJSON adds the flag, unless it is there.
func withJSON(arguments []string) []string {
	if slices.Contains(arguments, "--json") {
		return arguments
	}
	at := slices.Index(arguments, "--")
	if at < 0 {
		at = len(arguments)
	}
	return slices.Insert(slices.Clone(arguments), at, "--json")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "write it with -rewrite")
	require.Equal(t, string(want), got, "if the change is wanted: go test ./cmd/agorad/human -rewrite")
}
