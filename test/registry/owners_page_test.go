package registry

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/chaincfg"
	"github.com/agora-network/agora/test/paced"
	"github.com/agora-network/agora/test/script"
	"github.com/agora-network/agora/x/subnet/types"
)

const ownersPage = "../../docs/for-subnet-owners.md"

// comments of the page.
var (
	untilEpoch = regexp.MustCompile(`^epoch (\d+) of subnet (\d+)$`)
	untilGone  = regexp.MustCompile(`^subnet (\d+) is gone$`)
)

// Every block of commands of the page runs, in order, as a newcomer would copy them; none may fail.
func TestTheCommandsOfThePageForSubnetOwnersWork(t *testing.T) {
	if testing.Short() {
		t.Skip("the commands take half a minute")
	}
	page, err := script.Page(ownersPage)
	require.NoError(t, err)
	node, err := paced.Start(t, paced.Options{
		Dir: t.TempDir(), Accounts: []string{"holder"}, State: json.RawMessage(`{"subnet": {"params": {"subnet_deposit_decay_blocks": "1"}}}`),
	})
	require.NoError(t, err)
	reader := newReader(t, node)
	// A network to practise on has a subnet already.
	reader.copies("agorad tx subnet register-subnet basics --from holder --yes --wait --gas 1000000 --fees 1000uagora")

	blocks := 0
	for _, piece := range page {
		switch {
		case piece.Wait != "":
			reader.waits(piece.Wait)
		case piece.Language == "sh":
			reader.copies(piece.Text)
			blocks++
		default:
			require.NotContains(t, piece.Text, "agorad ", "commands stand in blocks of sh, so that they are tested")
		}
	}
	require.Greater(t, blocks, 15)

	ctx, err := node.Context()
	require.NoError(t, err)
	_, err = node.App.SubnetKeeper.Subnet(ctx, 2)
	require.ErrorIs(t, err, types.ErrSubnetNotFound)
	bob, err := node.Address("bob")
	require.NoError(t, err)
	refund := types.DefaultParams().SubnetDepositMin / 10 * 9
	require.Greater(t, node.App.BankKeeper.GetBalance(ctx, bob, chaincfg.Denom).Amount.Uint64(), refund, "the deposit came back to the last owner")
}

// reader copies commands into one shell.
type reader struct {
	t     *testing.T
	node  *paced.Node
	shell *script.Shell
}

func newReader(t *testing.T, node *paced.Node) *reader {
	shell, err := script.NewShell(t, t.TempDir(), "AGORA_HOME="+node.ClientHome)
	require.NoError(t, err)
	return &reader{t: t, node: node, shell: shell}
}

// copies runs a block, with the variables that the blocks before have left.
func (r *reader) copies(block string) {
	r.t.Helper()
	_, err := r.shell.Copy(block)
	require.NoError(r.t, err)
}

// waits brings the chain to where the page goes on.
func (r *reader) waits(what string) {
	r.t.Helper()
	number := func(text string) uint64 {
		n, err := strconv.ParseUint(text, 10, 32)
		require.NoError(r.t, err)
		return n
	}
	if match := untilEpoch.FindStringSubmatch(what); match != nil {
		require.NoError(r.t, reachEpoch(r.node, uint32(number(match[2])), number(match[1])))
		return
	}
	match := untilGone.FindStringSubmatch(what)
	require.NotNil(r.t, match, "what should the test wait for? %q", what)
	for {
		ctx, err := r.node.Context()
		require.NoError(r.t, err)
		there, err := r.node.App.SubnetKeeper.HasSubnet(ctx, uint32(number(match[1])))
		require.NoError(r.t, err)
		if !there {
			return
		}
		require.NoError(r.t, r.node.Reach(ctx.BlockHeight()+1))
	}
}

// What a reader must not miss: the page is found from the first page and from that of the module.
func TestThePageForSubnetOwnersIsLinked(t *testing.T) {
	for _, from := range []string{"../../README.md", "../../x/subnet/README.md"} {
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		require.True(t, strings.Contains(string(text), "docs/for-subnet-owners.md"), from)
	}
}
