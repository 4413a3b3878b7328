package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// image makes one container image for each kind of processor, as an archive that
// `docker load` and `podman load` read. Nothing is run for it, so both are made anywhere.
func image(ctx context.Context, r *release) error {
	if !has("buildah") {
		r.without("the container images", "they need buildah")
		return nil
	}
	for _, arch := range []string{"amd64", "arm64"} {
		if !r.has("linux", arch) {
			continue
		}
		if err := r.imageFor(ctx, arch); err != nil {
			return err
		}
	}
	return nil
}

func (r *release) imageFor(ctx context.Context, arch string) error {
	ctxDir := filepath.Join(r.work, "image_"+arch)
	for _, m := range []member{
		{"simdrop", r.program(target{"linux", arch}), 0o755},
		{"LICENSE", "LICENSE", 0o644},
		{"THIRD-PARTY-LICENSES", r.text("THIRD-PARTY-LICENSES"), 0o644},
	} {
		if err := r.copyTo(filepath.Join(ctxDir, m.name), m); err != nil {
			return err
		}
	}
	if err := r.certificates(filepath.Join(ctxDir, "ca-certificates.crt")); err != nil {
		return err
	}
	if err := r.timeZones(ctx, filepath.Join(ctxDir, "zoneinfo.zip")); err != nil {
		return err
	}
	// A store of its own, so that nothing of the user's is touched or used.
	store, err := os.MkdirTemp("", "simdrop-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(store)
	buildah := func(args ...string) error {
		_, err := tool(ctx, nil, "buildah", append([]string{"--root", filepath.Join(store, "root"), "--runroot", filepath.Join(store, "run"), "--storage-driver", "vfs"}, args...)...)
		return err
	}
	tag := name + ":" + r.version
	if err := buildah("build", "--isolation", "chroot", "--arch", arch, "--timestamp", fmt.Sprint(r.time.Unix()),
		"--build-arg", "VERSION="+r.version, "--build-arg", "REVISION="+r.commit,
		"-f", filepath.Join("packaging", "oci", "Dockerfile"), "-t", tag, ctxDir); err != nil {
		return err
	}
	layout := filepath.Join(store, "layout")
	if err := buildah("push", "--quiet", tag, "oci:"+layout+":"+tag); err != nil {
		return err
	}
	return r.packLayout(layout, r.artefact("linux_"+arch+"_oci.tar"))
}

// packLayout archives an OCI image layout; buildah's own archive has today's times.
func (r *release) packLayout(dir, to string) error {
	var members []member
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		members = append(members, member{filepath.ToSlash(rel), file, 0o644})
		return err
	})
	if err != nil {
		return err
	}
	return create(to, func(w io.Writer) error { return r.tar(w, members) })
}

// stage copies a file of the checkout to where it has the release's time.
func (r *release) stage(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	to := filepath.Join(r.work, "source", file)
	return to, r.copyTo(to, member{file: file, mode: int64(info.Mode().Perm() &^ 0o022)})
}

func (r *release) copyTo(to string, m member) error {
	content, err := os.ReadFile(m.file)
	if err != nil {
		return err
	}
	if err := r.write(to, content); err != nil {
		return err
	}
	if err := os.Chmod(to, os.FileMode(m.mode)); err != nil {
		return err
	}
	return r.stamp(to)
}
