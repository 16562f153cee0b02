package localnet

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The test binary plays every program of a network: which one, its arguments tell.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "localnet":
			command := Command()
			command.SetArgs(os.Args[2:])
			if err := command.ExecuteContext(context.Background()); err != nil {
				os.Exit(1)
			}
			os.Exit(0)
		case "start", "serve":
			if admin := argument("--admin-listen"); admin != "" {
				fakeDaemon(argument("--home"), admin)
			} else {
				fakeNode(argument("--home"))
			}
		}
	}
	os.Exit(m.Run())
}

func argument(name string) string {
	if i := slices.Index(os.Args, name); i >= 0 && i+1 < len(os.Args) {
		return os.Args[i+1]
	}
	return ""
}

// brokenFile in a program's home makes its fake give up at once.
const brokenFile = "broken"

func giveUpIfBroken(home string) {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, settingsInEnv) {
			fmt.Println("a setting of another network came through:", variable)
			os.Exit(8)
		}
	}
	if _, err := os.Stat(filepath.Join(home, brokenFile)); err == nil {
		fmt.Println("this program is broken")
		os.Exit(7)
	}
}

// fakeNode is a chain that has a new block whenever it is asked, and no subnet.
func fakeNode(home string) {
	giveUpIfBroken(home)
	network := Home(filepath.Dir(filepath.Dir(home)))
	plan, err := network.loadPlan()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	index := slices.Index(plan.nodeNames(), filepath.Base(home))
	var height atomic.Int64
	height.Store(10)
	text := func() string { return strconv.FormatInt(height.Load(), 10) }
	serveUntilTerminated(address(plan.Nodes[index].Ports.RPC), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct{ Method string }
		if json.NewDecoder(r.Body).Decode(&request) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		var result any
		switch request.Method {
		case "status":
			result = map[string]any{
				"node_info": map[string]string{"network": plan.ChainID, "moniker": filepath.Base(home)},
				"sync_info": map[string]any{"latest_block_height": text(), "latest_block_time": time.Now(), "catching_up": false},
			}
		case "abci_info":
			height.Add(1)
			result = map[string]any{"response": map[string]string{"last_block_height": text()}}
		case "header":
			result = map[string]any{"header": map[string]any{"chain_id": plan.ChainID, "height": text(), "time": time.Now()}}
		case "abci_query":
			result = map[string]any{"response": map[string]any{"code": 22, "codespace": "sdk", "log": "not found: key not found"}}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"jsonrpc": "2.0", "id": 1, "result": result})
	}))
}

// fakeDaemon is a miner or validator that is well.
func fakeDaemon(home, admin string) {
	giveUpIfBroken(home)
	serveUntilTerminated(admin, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
}

func serveUntilTerminated(address string, handler http.Handler) {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("listening on", address)
	go func() { _ = http.Serve(listener, handler) }()
	<-terminated
	fmt.Println("good-bye")
	os.Exit(0)
}
