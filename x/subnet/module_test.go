package subnet_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
	gogoproto "github.com/cosmos/gogoproto/proto"

	"github.com/agora-network/agora/x/subnet"
	"github.com/agora-network/agora/x/subnet/types"
)

func TestEveryServiceMethodHasACommandWithUseShortAndExample(t *testing.T) {
	options := subnet.AppModule{}.AutoCLIOptions()
	for _, service := range []struct {
		commands *autocliv1.ServiceCommandDescriptor
		server   reflect.Type
		prefix   string
	}{
		{options.Query, reflect.TypeFor[types.QueryServer](), "agorad query subnet "},
		{options.Tx, reflect.TypeFor[types.MsgServer](), "agorad tx subnet "},
	} {
		commands := map[string]*autocliv1.RpcCommandOptions{}
		for _, command := range service.commands.RpcCommandOptions {
			require.NotContains(t, commands, command.RpcMethod)
			commands[command.RpcMethod] = command
		}
		require.Len(t, commands, service.server.NumMethod())
		for i := range service.server.NumMethod() {
			method := service.server.Method(i)
			t.Run(method.Name, func(t *testing.T) {
				command := commands[method.Name]
				require.NotNil(t, command)
				if command.Skip {
					require.Contains(t, []string{"ProposeBenchmark", "RevealScores", "SetScores"}, method.Name, "only these are written by hand")
					return
				}
				require.NotEmpty(t, command.Short)
				name := strings.Fields(command.Use)[0]
				require.True(t, strings.HasPrefix(command.Example, service.prefix+name), command.Example)
				require.Len(t, strings.Fields(command.Use), 1+len(command.PositionalArgs), "the usage names every positional argument")
				request := reflect.New(method.Type.In(1).Elem()).Interface().(gogoproto.Message)
				for _, arg := range command.PositionalArgs {
					require.True(t, hasField(request, arg.ProtoField), "%s has no field %s", method.Name, arg.ProtoField)
				}
				for _, flag := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(command.Example, -1) {
					field := strings.ReplaceAll(flag[1], "-", "_")
					known := []string{"from", "output", "page_limit"}
					require.True(t, hasField(request, field) || strings.Contains(strings.Join(known, " "), field), "%s knows no flag --%s", method.Name, flag[1])
				}
			})
		}
	}
}

func hasField(message gogoproto.Message, field string) bool {
	fields := reflect.TypeOf(message).Elem()
	for i := range fields.NumField() {
		if strings.Contains(fields.Field(i).Tag.Get("protobuf"), "name="+field+",") {
			return true
		}
	}
	return false
}

func TestEveryMessageIsRegisteredAndNamesItsSigner(t *testing.T) {
	registry := moduletestutil.MakeTestEncodingConfig(subnet.AppModule{}).InterfaceRegistry
	require.NoError(t, msgservice.ValidateProtoAnnotations(registry))
	require.Len(t, registry.ListImplementations("cosmos.base.v1beta1.Msg"), reflect.TypeFor[types.MsgServer]().NumMethod())
}

// The README is what people read: it names everything that can be sent, read, set, emitted and refused.
func TestTheReadmeNamesEverything(t *testing.T) {
	raw, err := os.ReadFile("README.md")
	require.NoError(t, err)
	readme := string(raw)
	names := func(kind, name string) {
		require.Contains(t, readme, "`"+name+"`", "the README does not name the %s", kind)
	}
	for i := range reflect.TypeFor[types.MsgServer]().NumMethod() {
		names("message", "Msg"+reflect.TypeFor[types.MsgServer]().Method(i).Name)
	}
	for i := range reflect.TypeFor[types.QueryServer]().NumMethod() {
		names("query", reflect.TypeFor[types.QueryServer]().Method(i).Name)
	}
	for _, name := range declared(t, "types/events.pb.go", "Event") {
		names("event", name)
	}
	for _, name := range declared(t, "types/errors.go", "Err") {
		names("error", name)
	}
	for _, line := range strings.Split(strings.TrimSpace(read(t, "types/testdata/error_codes.txt")), "\n") {
		code, name, _ := strings.Cut(line, " ")
		require.Contains(t, readme, fmt.Sprintf("| %s | `%s` |", code, name))
	}
}

func TestEveryParameterOfTheProtoMessagesIsInATable(t *testing.T) {
	for _, message := range []any{types.Params{}, types.SubnetParams{}} {
		for i := range reflect.TypeOf(message).NumField() {
			tag := reflect.TypeOf(message).Field(i).Tag.Get("protobuf")
			name := regexp.MustCompile(`name=(\w+)`).FindStringSubmatch(tag)[1]
			require.Contains(t, read(t, paramsDoc), "`"+name+"`")
			if name == "default_subnet_params" {
				continue
			}
			found := false
			for _, spec := range types.SubnetParamSpecs {
				found = found || spec.Name == name
			}
			for _, spec := range types.ModuleParamSpecs {
				found = found || spec.Name == name
			}
			require.True(t, found, "%s is in no table", name)
		}
	}
}

// grouped writes a number with commas between thousands.
func grouped(n uint64) string {
	if n < 1_000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1_000), n%1_000)
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.FromSlash(path))
	require.NoError(t, err)
	return string(raw)
}

// declared lists the types and variables of a file whose names begin with a prefix.
func declared(t *testing.T, path, prefix string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if strings.HasPrefix(spec.Name.Name, prefix) {
					names = append(names, spec.Name.Name)
				}
			case *ast.ValueSpec:
				if strings.HasPrefix(spec.Names[0].Name, prefix) {
					names = append(names, spec.Names[0].Name)
				}
			}
		}
	}
	require.NotEmpty(t, names)
	return names
}
