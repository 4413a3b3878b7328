// Command simdrop watches folders and puts physics-ready SimReady USD beside the
// 3D assets dropped there.
package main

import (
	"os"

	"simdrop/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
