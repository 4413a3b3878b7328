package rigs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// usable says why this machine cannot run the rig, nil when it can.
func usable() error {
	if os.Geteuid() != 0 {
		return errors.New("needs root to mount file systems")
	}
	for _, name := range []string{"losetup", "mkfs.ext4"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("needs %s", name)
		}
	}
	for _, dev := range []string{"/dev/fuse", "/dev/loop-control"} {
		f, err := os.OpenFile(dev, os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("needs %s: %w", dev, errors.Unwrap(err))
		}
		f.Close()
	}
	return nil
}

// command runs a program and returns what it printed.
func command(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// attach makes a block device of the file.
func attach(file string) (device string, err error) {
	return command("losetup", "--find", "--show", file)
}

func detach(device string) error {
	_, err := command("losetup", "--detach", device)
	return err
}

// makeFileSystem writes an empty ext4, all of it at once.
func makeFileSystem(device string) error {
	_, err := command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", device)
	return err
}

func mount(device, dir string) error { return syscall.Mount(device, dir, "ext4", 0, "") }

// unmount waits until all is written. What was taken apart before is no error.
func unmount(dir string) error {
	err := syscall.Unmount(dir, 0)
	if errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

// withImage mounts a disk's bytes at dir while f runs. The file system repairs
// itself from its journal, as after any power cut.
func withImage(image []byte, scratch, dir string, f func() error) error {
	file := filepath.Join(scratch, "image")
	if err := os.WriteFile(file, image, 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	device, err := attach(file)
	if err != nil {
		return err
	}
	if err := mount(device, dir); err != nil {
		return errors.Join(fmt.Errorf("mount after the cut: %w", err), detach(device))
	}
	return errors.Join(f(), unmount(dir), detach(device))
}
