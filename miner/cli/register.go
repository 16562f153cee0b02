package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/miner/config"
	"github.com/agora-network/agora/miner/onchain"
)

func newRegister() *cobra.Command {
	var maxPrice, allowance string
	var dryRun bool
	command := &cobra.Command{
		Use:   "register",
		Short: "Burn the registration price for a slot on the subnet",
		Long: `register takes a slot on the subnet for the hotkey. The owner burns the price of the moment, which rises with each
registration and falls with each block, and grants the hotkey an allowance for the fees of publishing its endpoint.
Both happen in one transaction. Running it again does only what is still missing.`,
		Example: `  miner register --dry-run
  miner register --max-price 2AGORA
  miner register --netuid 3 --max-price 1500000uagora --hotkey agora1…`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			r := onchain.Registration{}
			var err error
			if maxPrice != "" {
				if r.MaxPrice, err = parseAmount(maxPrice); err != nil {
					return daemon.UsageError(fmt.Errorf("--max-price: %w", err))
				}
			}
			if r.FeeAllowance, err = parseAmount(allowance); err != nil {
				return daemon.UsageError(fmt.Errorf("--fee-allowance: %w", err))
			}
			c, client, price, err := loadFor(command)
			if err != nil {
				return err
			}
			r.Netuid = c.Netuid
			if r.Hotkey, err = keysOf(c).Address(c.Keys.Hotkey); err != nil {
				return err
			}
			if dryRun {
				burn, err := onchain.PriceOf(command.Context(), client, c.Netuid)
				if err != nil {
					return err
				}
				result := struct {
					Netuid uint32 `json:"netuid"`
					Hotkey string `json:"hotkey"`
					Price  uint64 `json:"price"`
				}{c.Netuid, r.Hotkey, burn}
				return daemon.Show(command, result, func() string {
					return fmt.Sprintf("registering %s on subnet %d burns %s now; nothing was sent", r.Hotkey, c.Netuid, agora(fmt.Sprint(burn)))
				})
			}
			owner, err := keysOf(c).Key(c.Keys.Owner)
			if err != nil {
				return err
			}
			result, err := onchain.Register(command.Context(), client, owner, price, r)
			if err != nil {
				return err
			}
			return daemon.Show(command, result, func() string { return registeredText(c, result) })
		},
	}
	config.Program.AddFlags(command.Flags(), "netuid", "chain.", "keyring.", "log.")
	daemon.AddOutputFlag(command)
	command.Flags().StringVar(&maxPrice, "max-price", "", "most to burn, such as 1.5AGORA or 1500000uagora (default: the price now and two registrations of others)")
	command.Flags().StringVar(&allowance, "fee-allowance", "1AGORA", "what the hotkey may spend of the owner's coins for publishing; 0 grants nothing")
	command.Flags().BoolVar(&dryRun, "dry-run", false, "show the price and send nothing")
	return command
}

func registeredText(c *config.Config, r onchain.Registered) string {
	var text strings.Builder
	if r.Already {
		fmt.Fprintf(&text, "registered already on subnet %d: uid %d, miner id %d\n", c.Netuid, r.UID, r.MinerID)
	} else {
		fmt.Fprintf(&text, "registered on subnet %d: uid %d, miner id %d, burned %s\n", c.Netuid, r.UID, r.MinerID, agora(fmt.Sprint(r.Burned)))
	}
	if r.Granted {
		text.WriteString("the owner pays the hotkey's fees for publishing its endpoint\n")
	}
	if r.TxHash != "" {
		fmt.Fprintf(&text, "transaction %s\n", r.TxHash)
	}
	fmt.Fprintf(&text, "next: miner serve --home %s\n", c.Home)
	return text.String()
}
