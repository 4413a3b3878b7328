package result

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk mounts 1 MiB of memory as root of a shop.
func smallDisk(t *testing.T, options string) *shop {
	t.Helper()
	root := t.TempDir()
	if err := unix.Mount("tmpfs", root, "tmpfs", 0, options); err != nil {
		t.Skip("a small disk cannot be mounted here:", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(root, 0); err != nil {
			t.Error(err)
		}
	})
	return shopIn(t, root)
}

func TestFullDiskIsToldAndLeavesNothing(t *testing.T) {
	big := with(entry{name: "big.png", body: strings.Repeat("0123456789abcdef", 2<<20/16)})
	many := with()
	for i := range 40 {
		many.entries = append(many.entries, entry{name: "textures/" + strings.Repeat("x", i+1) + ".png"})
	}
	for name, test := range map[string]struct {
		options string
		forge   forge
		limits  Limits
	}{
		"declared":         {"size=1m", big, Limits{}},
		"while extracting": {"size=1m", big, Limits{Free: 1 << 40}},
		"no inodes":        {"size=4m,nr_inodes=24", many, Limits{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := smallDisk(t, test.options)
			old := s.mustPublish(s.request("chair.obj", delivered("old")))
			before := tree(t, s.root)
			req := s.request("chair.obj", test.forge)
			req.Limits = test.limits
			_, err := s.publish(req)
			if !errors.Is(err, ErrNoSpace) {
				t.Errorf("got %v, want ErrNoSpace", err)
			}
			if after := tree(t, s.root); strings.Join(before, " ") != strings.Join(after, " ") {
				t.Errorf("%q became %q", before, after)
			}
			if problems, err := Verify(old); err != nil || len(problems) != 0 {
				t.Errorf("the old result: %v, %v", problems, err)
			}
		})
	}
}

// asNobody runs the named test again as a user without rights.
func asNobody(t *testing.T, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	tool, err := exec.LookPath("setpriv")
	if err != nil {
		t.Skip("root may write anywhere, and setpriv is not there to become another user")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for path := dir; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
		if err := errors.Join(os.Chmod(path, 0o755), os.Chown(path, 65534, 65534)); err != nil {
			t.Fatal(err)
		}
	}
	copied := filepath.Join(dir, "self")
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, "--reuid=65534", "--regid=65534", "--clear-groups", "--", copied, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as another user: %v\n%s", err, out)
	}
}

func TestReadOnlyDestination(t *testing.T) {
	if os.Getuid() == 0 {
		asNobody(t, t.TempDir())
		return
	}
	s := newShop(t)
	req := s.request("chair.obj", delivered("x"))
	if err := os.Chmod(s.root, 0o555); err != nil {
		t.Fatal(err)
	}
	if _, err := s.publish(req); !errors.Is(err, os.ErrPermission) {
		t.Errorf("read-only root: %v", err)
	}
	os.Chmod(s.root, 0o755)
	os.Chmod(s.dir, 0o555)
	if _, err := s.publish(req); !errors.Is(err, os.ErrPermission) {
		t.Errorf("read-only folder: %v", err)
	}
	os.Chmod(s.dir, 0o755)
	if got := s.mustPublish(req); filepath.Base(got) != "chair.simready" {
		t.Errorf("published as %s", got)
	}
}
