package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
)

// Both installers are for x64, which Windows on ARM runs too; wixl knows no arm64.
var installed = target{"windows", "amd64"}

// msi makes the installer for all users of a machine, with the service.
func msi(ctx context.Context, r *release) error {
	if !r.has(installed.os, installed.arch) || !has("wixl") {
		r.without("the MSI", "it needs wixl and "+installed.String())
		return nil
	}
	to := r.artefact("windows_amd64.msi")
	out, err := tool(ctx, nil, "wixl", append(r.defines("-D", " ", "msi"),
		"-a", "x64", "-o", to, filepath.Join("packaging", "windows", "service.wxs"))...)
	if err != nil {
		return err
	}
	// wixl goes on where it does not understand something, and warns.
	if strings.TrimSpace(out) != "" {
		return errors.New("wixl warns: " + out)
	}
	return nil
}

// setup makes the installer for one user, which needs no administrator.
func setup(ctx context.Context, r *release) error {
	if !r.has(installed.os, installed.arch) || !has("makensis") {
		r.without("setup.exe", "it needs makensis and "+installed.String())
		return nil
	}
	to := r.artefact("windows_amd64_setup.exe")
	args := append([]string{"-V2", "-WX", "-NOCD", "-DOutFile=" + to}, r.defines("-D", "", "setup")...)
	_, err := tool(ctx, nil, "makensis", append(args, filepath.Join("packaging", "windows", "setup.nsi"))...)
	return err
}

// defines are the values both installers are made of, as arguments.
func (r *release) defines(flag, between, kind string) []string {
	var args []string
	for _, d := range [][2]string{
		{"Version", r.version},
		{"Numeric", r.numeric()},
		{"Publisher", publisher},
		{"Homepage", homepage},
		{"Program", r.program(installed)},
		{"License", "LICENSE"},
		{"Notices", r.text("THIRD-PARTY-LICENSES")},
		{"Example", "config.example.yaml"},
		{"ProductCode", strings.ToUpper(uuid(kind + "/product/" + r.version))},
		{"PackageCode", strings.ToUpper(uuid(kind + "/package/" + r.version + "/" + r.commit + "/" + r.time.String()))},
	} {
		value := d[0] + "=" + d[1]
		if between == "" {
			args = append(args, flag+value)
		} else {
			args = append(args, flag, value)
		}
	}
	return args
}
