package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Both installers are for x64, which Windows on ARM runs too; wixl knows no arm64.
var installed = target{"windows", "amd64"}

// setup makes the installer for one user, which needs no administrator.
func setup(ctx context.Context, r *release) error {
	if !r.has(installed.os, installed.arch) || !has("makensis") {
		r.without("setup.exe", "it needs makensis, and "+installed.String())
		return nil
	}
	args := []string{"-V2", "-WX", "-NOCD", "-DOutFile=" + r.artefact("windows_amd64_setup.exe")}
	defines, err := r.defines()
	if err != nil {
		return err
	}
	for _, d := range defines {
		args = append(args, "-D"+d)
	}
	_, err = tool(ctx, nil, "makensis", append(args, filepath.Join("packaging", "windows", "setup.nsi"))...)
	return err
}

// msi makes the installer for all users of a machine, with the service.
func msi(ctx context.Context, r *release) error {
	if !r.has(installed.os, installed.arch) || !has("wixl") || !has("msibuild") {
		r.without("the MSI", "it needs wixl and msibuild (msitools), and "+installed.String())
		return nil
	}
	to := r.artefact("windows_amd64.msi")
	args := []string{"-a", "x64", "-o", to}
	defines, err := r.defines()
	if err != nil {
		return err
	}
	for _, d := range defines {
		args = append(args, "-D", d)
	}
	out, err := tool(ctx, nil, "wixl", append(args, filepath.Join("packaging", "windows", "service.wxs"))...)
	if err != nil {
		return err
	}
	// wixl goes on where it does not understand something, and warns.
	if strings.TrimSpace(out) != "" {
		return errors.New("wixl warns: " + out)
	}
	if err := statements(ctx, to, filepath.Join("packaging", "windows", "service.sql")); err != nil {
		return err
	}
	// The package code: Windows takes two packages with the same one for the same file.
	code := braced("msi/package/" + r.version + "/" + r.commit + "/" + r.time.String())
	if _, err := tool(ctx, nil, "msibuild", to, "-s", name+" "+r.version, publisher, "x64;1033", code); err != nil {
		return err
	}
	return r.dated(to)
}

// statements runs a file of SQL over a database, one statement a line.
func statements(ctx context.Context, database, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		out, err := tool(ctx, nil, "msibuild", database, "-q", line)
		if err != nil || out != "" {
			return errors.Join(fmt.Errorf("%s: %s: %s", file, line, out), err)
		}
	}
	return nil
}

// dated replaces the only times in an MSI, those of its making in the summary: two
// properties of the type VT_FILETIME ([MS-OLEPS] 2.15).
func (r *release) dated(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	tag := []byte{0x40, 0, 0, 0}
	found := 0
	for at := 0; ; at++ {
		i := bytes.Index(content[at:], tag)
		if i < 0 || at+i+12 > len(content) {
			break
		}
		at += i
		value := content[at+4 : at+12]
		if age := time.Since(fromFiletime(binary.LittleEndian.Uint64(value))); age > -time.Hour && age < time.Hour {
			binary.LittleEndian.PutUint64(value, filetime(r.time))
			found++
		}
	}
	if found != 2 {
		return fmt.Errorf("%s: %d times of its making instead of 2", file, found)
	}
	return os.WriteFile(file, content, 0o644)
}

// filetimeEpoch is 1601, from which FILETIME counts steps of 100 ns, in Unix seconds.
const filetimeEpoch = -11644473600

func filetime(t time.Time) uint64 { return uint64(t.Unix()-filetimeEpoch) * 1e7 }

func fromFiletime(v uint64) time.Time { return time.Unix(int64(v/1e7)+filetimeEpoch, 0) }

// defines are the values both installers are made of, NAME=VALUE. wixl wants its
// files relative to where it runs.
func (r *release) defines() ([]string, error) {
	license, err := r.stage("LICENSE")
	if err != nil {
		return nil, err
	}
	example, err := r.stage("config.example.yaml")
	if err != nil {
		return nil, err
	}
	relative := func(file string) string {
		top, _ := os.Getwd() // newRelease went there
		if rel, err := filepath.Rel(top, file); err == nil {
			return rel
		}
		return file
	}
	return []string{
		"Version=" + r.version,
		"Numeric=" + r.numeric(),
		"Publisher=" + publisher,
		"Homepage=" + homepage,
		"Program=" + relative(r.program(installed)),
		"License=" + relative(license),
		"Notices=" + relative(r.text("THIRD-PARTY-LICENSES")),
		"Example=" + relative(example),
		"ProductCode=" + strings.Trim(productCode(r.version), "{}"),
	}, nil
}

// productCode is the MSI's identity in the registry: another one for each version, so
// that MajorUpgrade sees an upgrade, the same one for each build of it.
func productCode(version string) string { return braced("msi/product/" + version) }

func braced(text string) string { return "{" + strings.ToUpper(uuid(text)) + "}" }
