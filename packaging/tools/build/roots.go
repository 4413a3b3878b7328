package main

import (
	"context"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// The image has no operating system to bring these, so they come from pinned modules,
// not from the machine that builds.

// certificates are those Mozilla trusts, in the form every TLS library reads.
func (r *release) certificates(to string) error {
	var out strings.Builder
	for root := range bundle.Roots() {
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return err
		}
	}
	return r.write(to, []byte(out.String()))
}

// timeZones are Go's own.
func (r *release) timeZones(ctx context.Context, to string) error {
	goroot, err := tool(ctx, nil, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	zones, err := os.ReadFile(filepath.Join(strings.TrimSpace(goroot), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return err
	}
	return r.write(to, zones)
}
