package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/miner/config"
	"github.com/agora-network/agora/miner/onchain"
)

func newClaim() *cobra.Command {
	var all, dryRun bool
	command := &cobra.Command{
		Use:   "claim",
		Short: "Have what was earned paid out to the owner",
		Long:  `claim pays what the owner's miners earned on the subnet (or with --all on every subnet) to the owner's account.`,
		Example: `  miner claim
  miner claim --all --output json
  miner claim --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			c, client, price, err := loadFor(command)
			if err != nil {
				return err
			}
			owner, err := keysOf(c).Address(c.Keys.Owner)
			if err != nil {
				return err
			}
			accrued, err := onchain.AccruedOf(command.Context(), client, owner)
			if err != nil {
				return err
			}
			var due []onchain.Accrued
			var netuids []uint32
			for _, one := range accrued {
				if one.Amount != "0" && (all || one.Netuid == c.Netuid) {
					due, netuids = append(due, one), append(netuids, one.Netuid)
				}
			}
			if len(due) == 0 {
				return errors.New("nothing to claim yet: a miner is paid when an epoch ends in which validators scored it (miner status shows both)")
			}
			if dryRun {
				return daemon.Show(command, due, func() string {
					text := ""
					for _, one := range due {
						text += fmt.Sprintf("subnet %d: %s may be claimed\n", one.Netuid, agora(one.Amount))
					}
					return text + "nothing was sent"
				})
			}
			key, err := keysOf(c).Key(c.Keys.Owner)
			if err != nil {
				return err
			}
			amount, hash, err := onchain.Claim(command.Context(), client, key, price, netuids)
			if err != nil {
				return err
			}
			result := struct {
				Owner  string `json:"owner"`
				Amount string `json:"amount"`
				TxHash string `json:"tx_hash"`
			}{owner, amount, hash}
			return daemon.Show(command, result, func() string {
				return fmt.Sprintf("paid %s to %s\ntransaction %s", amount, owner, hash)
			})
		},
	}
	config.Program.AddFlags(command.Flags(), "netuid", "chain.", "keyring.", "log.")
	daemon.AddOutputFlag(command)
	command.Flags().BoolVar(&all, "all", false, "claim on every subnet, not only on that of the configuration")
	command.Flags().BoolVar(&dryRun, "dry-run", false, "show what may be claimed and send nothing")
	return command
}
