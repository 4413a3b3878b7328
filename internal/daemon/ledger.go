package daemon

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"simdrop/internal/control"
	"simdrop/queue"
)

// Ledger returns what was paid on the local day since and later, by folder and day,
// and by the owner of the files.
func (d *Daemon) Ledger(_ context.Context, since string) (control.Ledger, error) {
	entries, err := d.queue.Ledger(since)
	if err != nil {
		return control.Ledger{}, err
	}
	return ledger(since, entries), nil
}

func ledger(since string, entries []queue.Entry) control.Ledger {
	l := control.Ledger{Since: since, Entries: []control.LedgerEntry{}}
	type row struct{ day, watch, provider string }
	rows := make(map[row]control.LedgerSum)
	users := make(map[string]control.LedgerSum)
	for _, e := range entries {
		l.Entries = append(l.Entries, control.LedgerEntry{
			Time: e.Time, Day: e.Day, Job: e.Job, Provider: e.Provider, Watch: e.Watch, Path: e.Path,
			User: e.User, Kind: string(e.Kind), Credits: e.Credits,
		})
		k := row{e.Day, e.Watch, e.Provider}
		rows[k] = plus(rows[k], e)
		users[e.User] = plus(users[e.User], e)
		l.Total = plus(l.Total, e)
	}
	order := slices.SortedFunc(maps.Keys(rows), func(x, y row) int {
		return cmp.Or(cmp.Compare(x.day, y.day), cmp.Compare(x.watch, y.watch), cmp.Compare(x.provider, y.provider))
	})
	l.Days = make([]control.LedgerDay, 0, len(order))
	for _, k := range order {
		l.Days = append(l.Days, control.LedgerDay{Day: k.day, Watch: k.watch, Provider: k.provider, LedgerSum: rows[k]})
	}
	l.Users = make([]control.LedgerUser, 0, len(users))
	for _, name := range slices.Sorted(maps.Keys(users)) {
		l.Users = append(l.Users, control.LedgerUser{User: name, LedgerSum: users[name]})
	}
	return l
}

func plus(s control.LedgerSum, e queue.Entry) control.LedgerSum {
	switch e.Kind {
	case queue.Spent:
		s.Spent += e.Credits
	case queue.BookedAdopted:
		s.Adopted += e.Credits
	case queue.Refunded:
		s.Refunded += e.Credits
	case queue.Saved:
		s.Saved += e.Credits
	case queue.Recalled:
		s.Recalled += e.Credits
	}
	s.Net = s.Spent + s.Adopted + s.Recalled - s.Refunded
	return s
}
