package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// A target is a system simdrop is built for.
type target struct{ os, arch string }

func (t target) String() string { return t.os + "/" + t.arch }

func allTargets() []string {
	return []string{"linux/amd64", "linux/arm64", "windows/amd64", "windows/arm64", "darwin/amd64", "darwin/arm64"}
}

// has says whether a target is being built.
func (r *release) has(system, arch string) bool {
	return slices.Contains(r.targets, target{system, arch})
}

// program is where the binary for a target is.
func (r *release) program(t target) string {
	file := name
	if t.os == "windows" {
		file += ".exe"
	}
	return filepath.Join(r.work, t.os+"_"+t.arch, file)
}

// programs builds every target, and the texts that the program makes of itself.
func programs(ctx context.Context, r *release) error {
	for _, t := range r.targets {
		if err := r.compile(ctx, t, r.program(t)); err != nil {
			return err
		}
	}
	return r.texts(ctx)
}

// compile builds one program. Neither the folder nor the build's own identity gets
// into it; the module versions stay readable (go version -m).
func (r *release) compile(ctx context.Context, t target, to string) error {
	pkg := name + "/internal/cli"
	env := []string{
		"GOOS=" + t.os, "GOARCH=" + t.arch, "CGO_ENABLED=0",
		// What a developer has set must not make another program.
		"GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOFIPS140=off",
	}
	_, err := tool(ctx, env, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid= -X "+pkg+".version="+r.version+" -X "+pkg+".commit="+r.commit+
			" -X "+name+"/internal/engine.BuildDate="+r.time.UTC().Format(time.DateOnly), "-o", to, ".")
	if err != nil {
		return err
	}
	return r.stamp(to)
}

// texts asks the program for its manual pages and completions.
func (r *release) texts(ctx context.Context) error {
	host := target{runtime.GOOS, runtime.GOARCH}
	exe := r.program(host)
	if !slices.Contains(r.targets, host) {
		exe = filepath.Join(r.work, "host", filepath.Base(exe))
		if err := r.compile(ctx, host, exe); err != nil {
			return err
		}
	}
	date := r.time.Format("2006-01-02")
	for file, args := range map[string][]string{
		"simdrop.1":      {"man", "--date", date, "1"},
		"simdrop.yaml.5": {"man", "--date", date, "5"},
		"simdrop.bash":   {"completion", "bash"},
		"_simdrop":       {"completion", "zsh"},
		"simdrop.fish":   {"completion", "fish"},
		"simdrop.ps1":    {"completion", "powershell"},
	} {
		out, err := tool(ctx, nil, exe, args...)
		if err != nil {
			return err
		}
		if err := r.write(r.text(file), []byte(out)); err != nil {
			return err
		}
	}
	for _, page := range []string{"simdrop.1", "simdrop.yaml.5"} {
		if err := r.gzipped(r.text(page)); err != nil {
			return err
		}
	}
	if err := r.changelog("CHANGELOG.md", r.text("changelog.yaml")); err != nil {
		return err
	}
	return r.notices(ctx, r.text("THIRD-PARTY-LICENSES"))
}

// text is where a text made by the program is.
func (r *release) text(file string) string { return filepath.Join(r.work, "text", file) }

// write makes a file with the release's time.
func (r *release) write(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, content, 0o644); err != nil {
		return err
	}
	return r.stamp(file)
}

// stamp gives a file the release's time, for the tools that copy it.
func (r *release) stamp(file string) error { return os.Chtimes(file, r.time, r.time) }
