package rewards_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"

	"github.com/agora-network/agora/x/rewards"
	"github.com/agora-network/agora/x/rewards/types"
)

// methods are the names of a service's calls.
func methods(t *testing.T, service string) []string {
	t.Helper()
	d, err := proto.HybridResolver.FindDescriptorByName(protoreflect.FullName(service))
	require.NoError(t, err)
	list := d.(protoreflect.ServiceDescriptor).Methods()
	var names []string
	for i := range list.Len() {
		names = append(names, string(list.Get(i).Name()))
	}
	require.NotEmpty(t, names)
	return names
}

func TestEveryCallHasACommandWithAnExample(t *testing.T) {
	options := rewards.AppModule{}.AutoCLIOptions()
	for _, service := range []*autocliv1.ServiceCommandDescriptor{options.Query, options.Tx} {
		described := map[string]*autocliv1.RpcCommandOptions{}
		for _, o := range service.RpcCommandOptions {
			described[o.RpcMethod] = o
		}
		for _, method := range methods(t, service.Service) {
			o := described[method]
			require.NotNil(t, o, "%s has no command", method)
			if o.Skip { // its command is written by hand, in client/cli
				continue
			}
			require.NotEmpty(t, o.Use, method)
			require.NotEmpty(t, o.Short, method)
			require.Contains(t, o.Example, strings.Fields(o.Use)[0], method)
		}
	}
}

func TestTheReadmeNamesEveryMessageEventParameterAndQuery(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	readme := string(text)
	for _, method := range methods(t, "agora.rewards.v1.Msg") {
		require.Contains(t, readme, "`Msg"+method+"`")
	}
	for _, method := range methods(t, "agora.rewards.v1.Query") {
		require.Contains(t, readme, "`"+method+"`")
	}
	for _, event := range []proto.Message{
		&types.EventEpochPaid{}, &types.EventEpochFailed{}, &types.EventEmissionVoted{}, &types.EventClaimed{},
		&types.EventEmissionFailed{}, &types.EventTallyFailed{}, &types.EventAutoClaimFailed{}, &types.EventRowIgnored{},
		&types.EventSubnetForgotten{}, &types.EventParamsUpdated{},
	} {
		name := reflect.TypeOf(event).Elem().Name()
		require.Contains(t, readme, "`"+name+"`")
	}
	params := reflect.TypeOf(types.Params{})
	for i := range params.NumField() {
		name, _, _ := strings.Cut(params.Field(i).Tag.Get("json"), ",")
		require.Contains(t, readme, "`"+name+"`")
	}
}

func TestTheDefaultGenesisIsValid(t *testing.T) {
	cdc := moduletestutil.MakeTestEncodingConfig().Codec
	m := rewards.AppModule{}
	require.NoError(t, m.ValidateGenesis(cdc, nil, m.DefaultGenesis(cdc)))
	require.Error(t, m.ValidateGenesis(cdc, nil, []byte(`{"params":{}}`)))
	require.Error(t, m.ValidateGenesis(cdc, nil, []byte(`{"nonsense":1}`)))
}

func TestMessagesAreKnownToTheCodec(t *testing.T) {
	registry := codectypes.NewInterfaceRegistry()
	rewards.AppModule{}.RegisterInterfaces(registry)
	for _, url := range []string{"/agora.rewards.v1.MsgVoteEmissions", "/agora.rewards.v1.MsgClaim", "/agora.rewards.v1.MsgUpdateParams"} {
		_, err := registry.Resolve(url)
		require.NoError(t, err)
	}
}
