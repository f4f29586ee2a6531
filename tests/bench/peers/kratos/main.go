// Ory Kratos as its own command line starts it, built here because SQLite is left out of what is distributed.
package main

import (
	"os"

	"github.com/ory/kratos/cmd"
)

func main() {
	os.Exit(cmd.Execute())
}
