package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/llamacpp"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/openai"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/miner"
	"github.com/agora-network/agora/miner/backend"
	"github.com/agora-network/agora/miner/config"
	"github.com/agora-network/agora/miner/onchain"
	"github.com/agora-network/agora/models"
)

func newServe() *cobra.Command {
	command := &cobra.Command{
		Use:   "serve",
		Short: "Answer questions",
		Long: `serve answers the questions of the subnet's validators, and of the callers that the configuration allows, until it is
told to stop (Ctrl-C or SIGTERM); running answers then finish first. It publishes its endpoint on the chain by itself.

/metrics, /healthz and /readyz are on the admin listener.`,
		Example: `  miner serve
  miner serve --backend openai=http://127.0.0.1:8000 --listen 0.0.0.0:8091 --advertise https://miner.example
  miner serve --backend native=./my-model.safetensors
  miner serve --backend llamacpp=./model.gguf --llamacpp-library ./libllama.so --llamacpp-threads 4
  curl http://127.0.0.1:8092/readyz`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			m, err := startMiner(command)
			if err != nil {
				return err
			}
			return m.Wait()
		},
	}
	config.Program.AddFlags(command.Flags())
	return command
}

func startMiner(command *cobra.Command) (*miner.Miner, error) {
	ctx := command.Context()
	c, client, price, err := loadFor(command)
	if err != nil {
		return nil, err
	}
	if err := daemon.CheckWritable(c.Home); err != nil {
		return nil, err
	}
	key, err := keysOf(c).Key(c.Keys.Hotkey)
	if err != nil {
		return nil, err
	}
	log := daemon.NewLogger(c.Log, command.ErrOrStderr())
	opened, err := openBackend(ctx, c)
	if err != nil {
		return nil, err
	}
	processors := miner.UseProcessors(c.Processors, opened)
	log.Debug("the miner's own code is bound", "processors", processors)
	chain := onchain.New(client, key, onchain.Config{Netuid: c.Netuid, GasPrice: price, FeeGranter: c.Chain.FeeGranter})
	started, err := miner.Start(ctx, miner.Options{Config: c, Signer: key, Engine: opened, Chain: chain, Log: log})
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return started, nil
}

// openBackend makes the engine that the configuration names.
func openBackend(ctx context.Context, c *config.Config) (engine.Engine, error) {
	dialect := openai.Detect
	if c.UpstreamDialect != config.DialectAuto {
		dialect = openai.Dialect(c.UpstreamDialect)
	}
	return backend.Open(ctx, c.Backend, backend.Options{
		Embedded: models.Embedded, EmbeddedNames: models.Names(), Model: c.BackendModel, APIKey: c.BackendAPIKey,
		MaxConcurrent: c.MaxConcurrent, Timeout: c.RequestTimeout, Dialect: dialect,
		Native:   native.Options{Int8: c.NativeInt8, MaxContext: c.NativeContext},
		LlamaCPP: llamacpp.Options{Library: c.LlamaCPPLibrary, Threads: c.LlamaCPPThreads, GPULayers: c.LlamaCPPGPULayers},
	})
}
