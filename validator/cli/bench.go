package cli

import (
	"github.com/spf13/cobra"
)

// newBench groups the commands for whoever writes a benchmark. None of them needs a
// configuration, a key or a chain.
func newBench() *cobra.Command {
	command := &cobra.Command{
		Use:   "bench",
		Short: "Write a benchmark: check, explain and try it at a desk",
		Long: `bench is for the owner of a subnet, and for anybody who wants to know what a benchmark does. Its commands need no
configuration, key or chain, and no network unless --fetch is given.

FILE is a YAML file, a file of canonical bytes, the name of a benchmark that ships with this program, or - for standard
input.

From a copy to the chain:
  1  validator bench new NAME         copy an example to NAME.yaml
  2  validator bench lint FILE        find mistakes, and what is unwise
  3  validator bench explain FILE     read in words what it asks, pays and costs
  4  validator bench draw FILE        look at questions
  5  validator bench score FILE       try what an answer gets
  6  validator bench run FILE         let models answer it
  7  validator bench hash FILE        the digest by which the chain will know it`,
		Example: `  validator bench new sums --from arithmetic
  validator bench lint sums.yaml
  validator bench explain sums.yaml`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newBenchNew(), newBenchLint(), newBenchHash(), newBenchDiff(), newBenchExplain(), newBenchDraw(), newBenchScore(),
		newBenchRun(), newBenchDataset(), newBenchSchema(), newBenchReference())
	return command
}
