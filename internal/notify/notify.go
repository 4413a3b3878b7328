// Package notify tells others what became of jobs: hooks, which are commands of this
// machine, webhooks, which are POSTs to other machines, and the desktop of the person
// who is signed in.
//
// For hooks and webhooks the queue keeps an outbox: a letter to each receiver is
// written in the transaction of the job's change (queue.Address). A lane delivers
// the letters of one receiver in their order, each until it is delivered or given
// up, and removes it then. So every change is told at least once: one whose delivery
// a crash interrupted is told again. A receiver that fails or hangs holds up its own
// lane only; the queue never waits for anybody.
//
// The desktop is told of what happens while it looks, many changes in one message.
package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"simdrop/queue"
)

// Options is what a Notifier needs.
type Options struct {
	Queue *queue.Queue
	// Object is what a hook or webhook is given of a job, as JSON.
	Object func(queue.Job) any
	// Hooks are the words of a command, by the state that a job enters.
	Hooks map[queue.State][]string
	// Dir is where hooks run, and what the path of a command is relative to.
	Dir      string
	Webhooks []Webhook
	// Secrets are never in a hook's environment, nor logged when it prints them.
	Secrets []string
	// Show puts a message on the desktop; nil: there is none.
	Show    func(ctx context.Context, title, text string) error
	Version string // of simdrop, for the User-Agent
	// Transport carries webhooks; nil: the system's.
	Transport http.RoundTripper
	Logger    *slog.Logger
}

// Webhook is a URL that is told of jobs that enter one of the states.
type Webhook struct {
	URL    string
	States []queue.State
	Secret string // signs the body; empty: it is not signed
}

// Notifier delivers letters. New makes one, Run works.
type Notifier struct {
	Options
	lanes   []*lane
	desktop *desktop // nil: there is none
}

// hookLanes is how many hooks run at the same time. A job's are in one lane.
const hookLanes = 4

// New begins to collect letters: the queue must not have been changed before.
func New(o Options) (*Notifier, error) {
	n := &Notifier{Options: o}
	if len(o.Hooks) > 0 {
		h := &hooks{commands: o.Hooks, dir: o.Dir, object: o.Object, environ: environ(o.Secrets), secrets: o.Secrets, log: o.Logger}
		for i := range hookLanes {
			n.lanes = append(n.lanes, newLane(hookReceiver(i), "hook", h.deliver))
		}
	}
	client := newClient(o.Transport)
	for _, w := range o.Webhooks {
		s := &sender{Webhook: w, client: client, object: o.Object, version: o.Version}
		n.lanes = append(n.lanes, newLane(w.receiver(), s.name(), s.deliver))
	}
	if o.Show != nil {
		n.desktop = newDesktop(o.Show, o.Logger)
	}
	var names []string
	for _, l := range n.lanes {
		names = append(names, l.to)
	}
	if err := o.Queue.KeepReceivers(names); err != nil {
		return nil, err
	}
	o.Queue.Address(n.receivers)
	return n, nil
}

// receivers are the lanes to which the job's state is news.
func (n *Notifier) receivers(j queue.Job) []string {
	var to []string
	if len(n.Hooks[j.State]) > 0 {
		num, _ := strconv.ParseUint(j.ID, 10, 64) // always a number; if not, one lane is as good as another
		to = append(to, hookReceiver(int(num%hookLanes)))
	}
	for _, w := range n.Webhooks {
		if name := w.receiver(); slices.Contains(w.States, j.State) && !slices.Contains(to, name) {
			to = append(to, name)
		}
	}
	return to
}

func hookReceiver(lane int) string { return "hook " + strconv.Itoa(lane) }

// receiver names the webhook in the outbox, also after others were added before it.
// The URL itself may hold a secret.
func (w Webhook) receiver() string {
	sum := sha256.Sum256([]byte(w.URL))
	return "webhook " + hex.EncodeToString(sum[:8])
}

// lastWords is how long, after ctx has ended, deliveries under way may still take
// and those that wait may begin. What is left is delivered after the next start.
const lastWords = 3 * time.Second

// Run delivers until ctx ends.
func (n *Notifier) Run(ctx context.Context) error {
	cancel := n.Queue.Subscribe(n.hear)
	defer cancel()
	drain, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastWords, stop) })()
	var all errgroup.Group
	for _, l := range n.lanes {
		all.Go(func() error { n.serve(ctx, drain, l); return nil })
	}
	if n.desktop != nil {
		all.Go(func() error { n.desktop.run(ctx); return nil })
	}
	return all.Wait()
}

// hear is told of every change by the queue.
func (n *Notifier) hear(j queue.Job) {
	if !j.News() {
		return
	}
	for _, l := range n.lanes {
		l.poke()
	}
	if n.desktop != nil {
		n.desktop.hear(j)
	}
}
