package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path"
	"path/filepath"
)

// A member is a file of an archive.
type member struct {
	name string // inside the archive, with slashes
	file string // on the disk
	mode int64
}

// common are the files that every archive holds beside the program.
func (r *release) common() []member {
	return []member{
		{"LICENSE", "LICENSE", 0o644},
		{"README.md", "README.md", 0o644},
		{"THIRD-PARTY-LICENSES", r.text("THIRD-PARTY-LICENSES"), 0o644},
		{"config.example.yaml", "config.example.yaml", 0o644},
	}
}

// unixMembers are those for Linux and macOS.
func (r *release) unixMembers(program string) []member {
	return append(r.common(),
		member{"completions/_simdrop", r.text("_simdrop"), 0o644},
		member{"completions/simdrop.bash", r.text("simdrop.bash"), 0o644},
		member{"completions/simdrop.fish", r.text("simdrop.fish"), 0o644},
		member{"man/simdrop.1", r.text("simdrop.1"), 0o644},
		member{"man/simdrop.yaml.5", r.text("simdrop.yaml.5"), 0o644},
		member{"simdrop", program, 0o755},
	)
}

// archives are for people who unpack by themselves, and for scoop. macOS has its own.
func archives(_ context.Context, r *release) error {
	for _, t := range r.targets {
		var err error
		switch t.os {
		case "linux":
			err = r.tarball(r.artefact(t.os+"_"+t.arch+".tar.gz"), r.unixMembers(r.program(t)))
		case "windows":
			err = r.zipfile(r.artefact(t.os+"_"+t.arch+".zip"), append(r.common(),
				member{"completions/simdrop.ps1", r.text("simdrop.ps1"), 0o644},
				member{"simdrop.exe", r.program(t), 0o755}))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tarball writes members under one folder, compressed.
func (r *release) tarball(to string, members []member) error {
	inside := make([]member, len(members))
	for i, m := range members {
		inside[i] = member{path.Join(name+"-"+r.version, m.name), m.file, m.mode}
	}
	return create(to, func(w io.Writer) error {
		zw, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		if err := r.tar(zw, inside); err != nil {
			return err
		}
		return zw.Close()
	})
}

// tar writes members, owned by nobody in particular.
func (r *release) tar(w io.Writer, members []member) error {
	tw := tar.NewWriter(w)
	for _, m := range members {
		if err := r.addTar(tw, m); err != nil {
			return err
		}
	}
	return tw.Close()
}

func (r *release) addTar(tw *tar.Writer, m member) error {
	f, err := os.Open(m.file)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: m.name, Mode: m.mode, Size: info.Size(), ModTime: r.time, Format: tar.FormatUSTAR}
	if err := tw.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(tw, f)
	return err
}

// zipfile writes members at the top, as scoop and winget expect them.
func (r *release) zipfile(to string, members []member) error {
	return create(to, func(w io.Writer) error {
		zw := zip.NewWriter(w)
		for _, m := range members {
			header := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: r.time}
			header.SetMode(os.FileMode(m.mode))
			to, err := zw.CreateHeader(header)
			if err != nil {
				return err
			}
			content, err := os.ReadFile(m.file)
			if err != nil {
				return err
			}
			if _, err := to.Write(content); err != nil {
				return err
			}
		}
		return zw.Close()
	})
}

// gzipped writes FILE.gz, without name and time in it.
func (r *release) gzipped(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	err = create(file+".gz", func(w io.Writer) error {
		zw, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := zw.Write(content); err != nil {
			return err
		}
		return zw.Close()
	})
	if err != nil {
		return err
	}
	return r.stamp(file + ".gz")
}

// create makes a file whose folder may be absent, and reports what closing it says.
func create(file string, fill func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	return fill(f)
}
