package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/apk"
	_ "github.com/goreleaser/nfpm/v2/arch"
	_ "github.com/goreleaser/nfpm/v2/deb"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

// formats are the Linux packages, and how their files end.
var formats = []struct{ packager, extension string }{
	{"deb", ".deb"}, {"rpm", ".rpm"}, {"apk", ".apk"}, {"archlinux", ".pkg.tar.zst"},
}

// linuxPackages makes all formats from one description, packaging/nfpm.yaml.
func linuxPackages(_ context.Context, r *release) error {
	for _, arch := range []string{"amd64", "arm64"} {
		if !r.has("linux", arch) {
			continue
		}
		for _, f := range formats {
			if err := r.linuxPackage(f.packager, arch, r.artefact("linux_"+arch+f.extension)); err != nil {
				return fmt.Errorf("%s for %s: %w", f.packager, arch, err)
			}
		}
	}
	return nil
}

func (r *release) linuxPackage(format, arch, to string) error {
	description, err := os.Open(filepath.Join("packaging", "nfpm.yaml"))
	if err != nil {
		return err
	}
	defer description.Close() // only read
	values := map[string]string{
		"NAME": name, "VERSION": r.version, "ARCH": arch, "SUMMARY": summary, "HOMEPAGE": homepage,
		"MAINTAINER": maintainer, "PUBLISHER": publisher,
		"PROGRAM": r.program(target{"linux", arch}), "TEXT": filepath.Join(r.work, "text"),
	}
	config, err := nfpm.ParseWithEnvMapping(description, func(key string) string { return values[key] })
	if err != nil {
		return err
	}
	info, err := config.Get(format)
	if err != nil {
		return err
	}
	info.License = license
	info.Changelog = r.text("changelog.yaml")
	info.MTime = r.time
	if err := r.stageAll(info); err != nil {
		return err
	}
	info = nfpm.WithDefaults(info)
	if err := nfpm.PrepareForPackager(info, format); err != nil {
		return err
	}
	packager, err := nfpm.Get(format)
	if err != nil {
		return err
	}
	info.Target = to
	return create(to, func(w io.Writer) error { return packager.Package(info, w) })
}

// stageAll has every file of the checkout replaced by its stamped copy: some formats
// note the time of a file, which a checkout has from the day it was made.
func (r *release) stageAll(info *nfpm.Info) (err error) {
	files := []*string{
		&info.Scripts.PostInstall, &info.Scripts.PreRemove, &info.Scripts.PostRemove,
		&info.APK.Scripts.PostUpgrade, &info.ArchLinux.Scripts.PostUpgrade,
	}
	for _, c := range info.Contents {
		if c.Source != "" && !filepath.IsAbs(c.Source) {
			files = append(files, &c.Source)
		}
	}
	for _, f := range files {
		if *f, err = r.stage(*f); err != nil {
			return err
		}
	}
	return nil
}
