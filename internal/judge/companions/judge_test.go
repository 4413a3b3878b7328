// Package companions has independent readers judge the bundles that are sent: every
// archive is unpacked somewhere else, and assimp (OBJ, FBX), Khronos' glTF validator
// and tinyusdz must find every file that the primary needs.
//
// They are not part of the product: run "npm ci" in this folder once and install
// assimp-utils, else these tests are skipped.
package companions

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// report is what a judge says of one file.
type report struct {
	File    string
	Missing []string // what it looked for in vain
	Broken  string   // why it cannot read the file at all
}

// judgeOf is the judge for a primary's extension, nil where formats need no files.
func judgeOf(name string) func(*testing.T, []string) []report {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".obj", ".fbx":
		return assimp
	case ".gltf", ".glb":
		return func(t *testing.T, files []string) []report { return node(t, "gltf.mjs", files) }
	case ".usd", ".usda", ".usdc":
		return func(t *testing.T, files []string) []report { return node(t, "usd.mjs", files) }
	}
	return nil
}

// node runs one of the scripts on all files.
func node(t *testing.T, script string, files []string) []report {
	t.Helper()
	if _, err := os.Stat("node_modules"); err != nil {
		t.Skip("the judges are not installed: run npm ci in internal/judge/companions")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("the judges need node")
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{script}, files...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	var reports []report
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var r report
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
	}
	if len(reports) != len(files) {
		t.Fatalf("%s: %d reports on %d files", script, len(reports), len(files))
	}
	return reports
}

func assimp(t *testing.T, files []string) []report {
	t.Helper()
	if _, err := exec.LookPath("assimp"); err != nil {
		t.Skip("the judge of OBJ and FBX is not installed: apt-get install assimp-utils")
	}
	var reports []report
	for _, file := range files {
		cmd := exec.CommandContext(t.Context(), "assimp", "info", file, "-l", "-v")
		out, err := cmd.CombinedOutput()
		r := report{File: file}
		if err != nil {
			r.Broken = err.Error() + ": " + string(out[max(0, len(out)-500):])
		}
		r.Missing = assimpMissing(file, string(out))
		reports = append(reports, r)
	}
	return reports
}

// assimpMissing reads assimp's words. Libraries it opens itself and complains;
// textures it lists as they are written.
func assimpMissing(file, out string) (missing []string) {
	const cannot = "Unable to locate material file "
	listing, embedded := false, 0
	var textures []string
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		switch _, name, complains := strings.Cut(line, cannot); {
		case complains:
			missing = append(missing, lost(file, name)...)
		case strings.HasPrefix(line, "Textures (embed.):"):
			embedded, _ = strconv.Atoi(strings.TrimSpace(line[len("Textures (embed.):"):]))
		case line == "Texture Refs:":
			listing = true
		case listing && strings.HasPrefix(line, "'"):
			if name := strings.Trim(line, "'"); !opens(file, name) && !slices.Contains(textures, name) {
				textures = append(textures, name)
			}
		case line == "":
			listing = false
		}
	}
	if len(textures) <= embedded {
		textures = nil // they are inside the file, under these names
	}
	return append(missing, textures...)
}

// lost are the libraries of a line that are not there: several names on one line
// are one to assimp.
func lost(file, names string) (missing []string) {
	for _, name := range strings.Fields(names) {
		if !exists(filepath.Join(filepath.Dir(file), name)) {
			missing = append(missing, name)
		}
	}
	if len(strings.Fields(names)) == 1 {
		return []string{names}
	}
	return missing
}

// opens tells whether a reader of file finds the texture: in an OBJ from the folder
// of the library that names it, which assimp does not tell; in an FBX, whose paths
// are those of the author's machine, also by its name beside the file.
func opens(file, texture string) bool {
	if filepath.IsAbs(texture) {
		return false
	}
	dir := filepath.Dir(file)
	if strings.EqualFold(filepath.Ext(file), ".fbx") {
		texture = strings.ReplaceAll(texture, `\`, "/")
		return exists(filepath.Join(dir, texture)) || exists(filepath.Join(dir, path.Base(texture)))
	}
	found := false
	filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && strings.EqualFold(filepath.Ext(name), ".mtl") {
			found = found || exists(filepath.Join(filepath.Dir(name), texture))
		}
		return err
	})
	return found
}

func exists(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
