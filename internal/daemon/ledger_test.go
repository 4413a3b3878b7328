package daemon_test

import (
	"context"
	"os/user"
	"testing"
	"time"

	"simdrop/internal/control"
)

func TestLedgerTellsWhatWasPaidAndSaved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	one := r.until(r.write("one/chair.obj", plainOBJ), "done")
	r.until(r.write("two/chair.obj", plainOBJ), "done") // the same bytes: a copy
	l, err := r.daemon.Ledger(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := control.LedgerSum{Spent: 1, Saved: 1, Net: 1}
	if l.Total != want || len(l.Entries) != 2 || len(l.Days) != 1 || l.Days[0].LedgerSum != want {
		t.Errorf("%+v", l)
	}
	if e := l.Entries[0]; e.Job != one.ID || e.Path != one.Path || e.Watch != r.dir || e.Provider != "rigyd" || e.Kind != "spent" {
		t.Errorf("entry: %+v", e)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Users) != 1 || l.Users[0].LedgerSum != want || l.Users[0].User != me.Username || l.Entries[0].User != me.Username {
		t.Errorf("users: %+v, of %s", l.Users, me.Username)
	}
	later, err := r.daemon.Ledger(context.Background(), time.Now().AddDate(0, 0, 2).Format(time.DateOnly))
	if err != nil || len(later.Entries) != 0 || later.Total != (control.LedgerSum{}) {
		t.Errorf("the day after tomorrow: %+v, %v", later, err)
	}
}
