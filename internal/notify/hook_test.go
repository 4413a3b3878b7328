package notify_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"simdrop/queue"
)

// acts are what the test binary does as a hook, in a folder given first.
var acts = map[string]func(args []string){
	// tell notes what came on stdin, and the environment.
	"act-tell": func(args []string) {
		in, err := io.ReadAll(os.Stdin)
		if err != nil {
			panic(err)
		}
		var o object
		if err := json.Unmarshal(in, &o); err != nil {
			panic(err)
		}
		note(args[0], "env", strings.Join(os.Environ(), "\n"))
		note(args[0], "args", strings.Join(args[1:], "|"))
		note(args[0], "log", o.ID+" "+o.State)
	},
	"act-fail": func([]string) {
		fmt.Println("nobody is there, the key is s3cret-canary", strings.Repeat("x", 100_000))
		os.Exit(3)
	},
	// stay leaves a child behind that holds its output, and ends.
	"act-stay": func(args []string) {
		cmd := exec.Command(os.Args[0], "act-sit", args[0])
		cmd.Stdout = os.Stdout
		if err := cmd.Start(); err != nil {
			panic(err)
		}
	},
	// hang waits for a child that waits for ever.
	"act-hang": func(args []string) {
		cmd := exec.Command(os.Args[0], "act-sit", args[0])
		cmd.Stdout = os.Stdout
		_ = cmd.Run() // it is killed
	},
	// sit lives as long as the other end of a connection does.
	"act-sit": func(args []string) {
		c, err := net.Dial("tcp", args[0])
		if err != nil {
			panic(err)
		}
		io.Copy(io.Discard, c)
	},
}

// note adds a line to a file.
func note(dir, name, line string) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(f, line)
	f.Close()
}

func TestHookGetsTheJobAndNoKey(t *testing.T) {
	t.Setenv("RIGYD_API_KEY", "old key")
	t.Setenv("STUDIO_KEY", "s3cret-canary")
	t.Setenv("ANOTHER", "Bearer rgyd_live_0123456789abcdef")
	t.Setenv("HARMLESS", "yes")
	r := newRig(t)
	dir := t.TempDir()
	r.opt.Secrets = []string{"s3cret-canary"}
	r.opt.Hooks = map[queue.State][]string{queue.Failed: self(t, "act-tell", dir, "a b", `c"d\`, "")}
	r.start()
	j := r.drop("chair.obj")
	r.fail(j.ID)
	r.delivered()
	r.stop()
	if got := read(t, dir, "log"); got != j.ID+" failed\n" {
		t.Errorf("told %q", got)
	}
	if got := read(t, dir, "args"); got != `a b|c"d\|`+"\n" {
		t.Errorf("arguments %q", got)
	}
	env := read(t, dir, "env")
	for _, word := range []string{"old key", "s3cret-canary", "rgyd_live"} {
		if strings.Contains(env, word) {
			t.Errorf("the environment holds %q", word)
		}
	}
	if !strings.Contains(env, "HARMLESS=yes") {
		t.Error("the environment lacks what is harmless")
	}
	r.idle()
}

func TestHooksOfOneJobRunInOrder(t *testing.T) {
	r := newRig(t)
	dir := t.TempDir()
	tell := self(t, "act-tell", dir)
	r.opt.Hooks = map[queue.State][]string{queue.Failed: tell, queue.Held: tell}
	r.start()
	j := r.drop("chair.obj")
	var want strings.Builder
	for range 3 {
		r.hold(j.ID, queue.Existing)
		queuetestEnter(r, j.ID, queue.Queued)
		r.fail(j.ID)
		queuetestEnter(r, j.ID, queue.Queued)
		want.WriteString(j.ID + " held\n" + j.ID + " failed\n")
	}
	r.delivered()
	r.stop()
	if got := read(t, dir, "log"); got != want.String() {
		t.Errorf("told\n%s, want\n%s", got, want.String())
	}
}

func queuetestEnter(r *rig, id string, s queue.State) {
	r.t.Helper()
	if _, err := r.queue.Update(id, func(j *queue.Job) error { j.Enter(s); return nil }); err != nil {
		r.t.Fatal(err)
	}
}

func TestHookThatFails(t *testing.T) {
	r := newRig(t)
	r.opt.Secrets = []string{"s3cret-canary"}
	r.opt.Hooks = map[queue.State][]string{queue.Failed: self(t, "act-fail"), queue.Held: {filepath.Join(t.TempDir(), "no such thing")}}
	r.start()
	a := r.drop("a.obj")
	r.hold(a.ID, queue.Existing)
	r.fail(r.drop("b.obj").ID)
	r.delivered()
	r.stop()
	log := r.log.String()
	if !strings.Contains(log, "exit status 3: nobody is there, the key is [redacted]") || !strings.Contains(log, "no such") {
		t.Errorf("the log:\n%s", log)
	}
	if len(log) > 5000 {
		t.Errorf("%d bytes were logged", len(log))
	}
}
