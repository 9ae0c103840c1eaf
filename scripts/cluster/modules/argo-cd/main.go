// Argo CD's application controller and repository server, without the server of its user interface.
package main

import (
	"os"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	repositories "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	command := &cobra.Command{Use: "argo-cd"}
	command.AddCommand(controller.NewCommand(), repositories.NewCommand())
	if command.Execute() != nil {
		os.Exit(1)
	}
}
