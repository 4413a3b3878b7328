package watcher

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/asset"
)

var models = []asset.Kind{asset.Models}

func TestIdentify(t *testing.T) {
	root := t.TempDir()
	ext4 := fileSystem{Name: "ext4", Source: "/dev/sda1"}
	id, err := identify(root, ext4, Identity{})
	if err != nil || !validID(id.ID) || id.FileSystem != "ext4" {
		t.Fatal(id, err)
	}
	if again, err := identify(root, ext4, id); err != nil || again.ID != id.ID {
		t.Fatal(again, err)
	}
	if lost, err := identify(root, ext4, Identity{}); err != nil || lost.ID != id.ID {
		t.Fatal("a lost queue must adopt the marker: ", lost, err)
	}
	var off *OfflineError
	if _, err := identify(root, fileSystem{Name: "tmpfs"}, id); !errors.As(err, &off) {
		t.Fatal("another file system is taken: ", err)
	}
	other := id
	other.ID = "another-folder"
	if _, err := identify(root, ext4, other); !errors.As(err, &off) || off.Hint == "" {
		t.Fatal("another marker is taken: ", err)
	}
	os.RemoveAll(filepath.Join(root, MarkerFolder))
	if _, err := identify(root, ext4, id); !errors.As(err, &off) {
		t.Fatal("a missing marker is made again: ", err)
	}
	if _, err := os.Stat(filepath.Join(root, MarkerFolder)); err == nil {
		t.Fatal("a marker was made where one was lost")
	}
}

func TestMissingRootIsNeverCreated(t *testing.T) {
	root := filepath.Join(t.TempDir(), "missing")
	synctest.Test(t, func(t *testing.T) {
		w, err := New(Options{Root: root, Kinds: models, Instance: "me-and-mine", Remember: func(Identity) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		var off *OfflineError
		if err := w.CheckRoot(t.Context()); !errors.As(err, &off) {
			t.Fatal(err)
		}
		if _, err := os.Stat(root); err == nil {
			t.Fatal("created")
		}
	})
}

func TestSampleOfReadOnlyRoot(t *testing.T) {
	root := t.TempDir()
	for _, n := range []string{"a.obj", "b.obj"} {
		os.WriteFile(filepath.Join(root, n), nil, 0o644)
	}
	id, err := identifySample(root, Identity{FileSystem: "iso9660"}, Identity{})
	if err != nil || len(id.Sample) != 2 {
		t.Fatal(id, err)
	}
	os.Remove(filepath.Join(root, "a.obj"))
	if _, err := identifySample(root, Identity{FileSystem: "iso9660"}, id); err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(root, "b.obj"))
	var off *OfflineError
	if _, err := identifySample(root, Identity{FileSystem: "iso9660"}, id); !errors.As(err, &off) {
		t.Fatal("an empty folder is taken for it: ", err)
	}
}

func TestOneOwnerOfMany(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, MarkerFolder), 0o755); err != nil {
		t.Fatal(err)
	}
	const many = 20
	won := make([]bool, many)
	var race sync.WaitGroup
	for i := range many {
		race.Go(func() {
			o := newOwnership(root, "instance-"+string(rune('a'+i)))
			won[i] = o.beat(time.Now()) == nil
		})
	}
	race.Wait()
	winners := 0
	for _, w := range won {
		if w {
			winners++
		}
	}
	if winners != 1 {
		t.Fatal("winners: ", winners)
	}
}

func TestTakeoverIsSerial(t *testing.T) {
	root := t.TempDir()
	os.Mkdir(filepath.Join(root, MarkerFolder), 0o755)
	first, second := newOwnership(root, "first"), newOwnership(root, "second")
	now := time.Now()
	if err := first.beat(now); err != nil {
		t.Fatal(err)
	}
	var standby *StandbyError
	if err := second.beat(now); !errors.As(err, &standby) || standby.Owner.Instance != "first" {
		t.Fatal(err)
	}
	lock := filepath.Join(root, MarkerFolder, takeoverFile)
	os.WriteFile(lock, nil, 0o644)
	if _, err := second.take(); err == nil {
		t.Fatal("two took over at once")
	}
	os.Remove(lock)
	if who, err := second.take(); err != nil || who.Instance != "first" {
		t.Fatal(who, err)
	}
	if err := first.beat(now.Add(heartbeat)); !errors.As(err, &standby) || standby.Owner.Instance != "second" {
		t.Fatal("the old owner goes on: ", err)
	}
	if err := second.beat(now.Add(heartbeat)); err != nil {
		t.Fatal(err)
	}
}

func FuzzMarker(f *testing.F) {
	f.Add([]byte(`{"id":"ABCDEFGH2345","created":"2026-01-02T03:04:05Z"}`))
	f.Add([]byte(`{"id":"../../x"}`))
	f.Add([]byte(`{"id":`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMarker(bytes.NewReader(data))
		if err == nil && !validID(m.ID) {
			t.Fatal("taken: ", m)
		}
	})
}

func FuzzOwner(f *testing.F) {
	f.Add([]byte(`{"host":"nas","instance":"abc","counter":18446744073709551615}`))
	f.Add([]byte(`{"counter":-1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := parseOwner(bytes.NewReader(data))
		if err != nil {
			return
		}
		if o.Instance == "" {
			t.Fatal("nobody: ", o)
		}
		if _, err := json.Marshal(o); err != nil {
			t.Fatal(err)
		}
	})
}
