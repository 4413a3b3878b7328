package cli

import (
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"simdrop/queue"
)

// examineName is the command that examines a queue's file in a process of its own,
// which may die of it. It is for this program itself and hidden from people.
const examineName = "examine-queue"

func (a *app) examineCommand() *cobra.Command {
	return &cobra.Command{
		Use:    examineName + " FILE",
		Hidden: true,
		Args:   wants(1, 1, "a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			return json.NewEncoder(a.stdout).Encode(queue.Examine(args[0]))
		},
	}
}

// examiner starts this program again to examine a queue's file.
func examiner() (queue.Prober, error) {
	exe, err := os.Executable()
	return queue.InChild(exe, examineName), err
}
