package rigydserver

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseFaults reads faults from text, for a server that runs as a process of its
// own. "random=SEED" is Random; otherwise faults stand between semicolons, each a
// kind and its settings between commas, and "seed=N" sets the dice:
//
//	seed=7;lose-answer,p=0.2;answer,op=poll,status=429,retry-after=2,times=3
//
// Settings are op, at, match, skip, times, p, name, status, text, retry-after,
// retry-date, after, bytes and url.
func ParseFaults(spec string) (*Faults, error) {
	seed := uint64(1)
	var faults []Fault
	for item := range strings.SplitSeq(spec, ";") {
		item = strings.TrimSpace(item)
		name, value, _ := strings.Cut(item, "=")
		switch {
		case item == "":
		case name == "seed" || name == "random":
			n, err := strconv.ParseUint(value, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("faults: %s wants a number: %q", name, value)
			}
			if seed = n; name == "random" {
				faults = append(faults, randomFaults()...)
			}
		default:
			ft, err := parseFault(item)
			if err != nil {
				return nil, fmt.Errorf("faults: %q: %w", item, err)
			}
			faults = append(faults, ft)
		}
	}
	return NewFaults(seed, faults...), nil
}

func parseFault(item string) (Fault, error) {
	kind, rest, _ := strings.Cut(item, ",")
	ft := Fault{Kind: Kind(strings.TrimSpace(kind))}
	for setting := range strings.SplitSeq(rest, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(setting), "=")
		if key == "" && !ok {
			continue
		}
		if err := ft.set(key, value); err != nil {
			return ft, fmt.Errorf("%s: %w", key, err)
		}
	}
	checked := ft
	return ft, checked.fill()
}

func (ft *Fault) set(key, value string) (err error) {
	switch key {
	case "op":
		ft.Op = Op(value)
	case "at":
		ft.At = Point(value)
	case "match":
		ft.Match = value
	case "name":
		ft.Name = value
	case "text":
		ft.Text = value
	case "retry-after":
		ft.RetryAfter = value
	case "url":
		ft.URL = value
	case "skip":
		ft.Skip, err = strconv.Atoi(value)
	case "times":
		ft.Times, err = strconv.Atoi(value)
	case "status":
		ft.Status, err = strconv.Atoi(value)
	case "bytes":
		ft.Bytes, err = strconv.ParseInt(value, 10, 64)
	case "p":
		ft.P, err = strconv.ParseFloat(value, 64)
	case "after":
		ft.After, err = time.ParseDuration(value)
	case "retry-date":
		ft.RetryDate, err = time.ParseDuration(value)
	default:
		err = fmt.Errorf("no such setting")
	}
	return err
}

// Random returns a mixture that leaves fewer than half of the submissions alone
// and spoils polls and downloads now and then. It lies, but it does not fail
// jobs: with a client that keeps its promises everything is done in the end.
// Late acceptances come after 250 ms at most, lists lag 80 ms.
func Random(seed uint64) *Faults { return NewFaults(seed, randomFaults()...) }

func randomFaults() []Fault {
	all := shares(
		Fault{Kind: LoseAnswer, P: .16},
		Fault{Kind: AcceptLate, P: .08, After: 250 * time.Millisecond},
		Fault{Kind: AnswerAfter, P: .08, Status: 500},
		Fault{Kind: Answer, P: .06, Status: 503, At: Received},
		Fault{Kind: Answer, P: .05, Status: 429, RetryAfter: "1"},
		Fault{Kind: Drop, P: .07, At: Received},
		Fault{Kind: HangAfter, P: .02},
		Fault{Kind: Garble, P: .03},
	)
	all = append(all, shares(
		Fault{Kind: Answer, Op: OpPoll, P: .04, Status: 502},
		Fault{Kind: LoseAnswer, Op: OpPoll, P: .04},
		Fault{Kind: UnknownStatus, P: .03},
	)...)
	all = append(all, shares(
		Fault{Kind: Cut, P: .08},
		Fault{Kind: CutQuiet, P: .04},
		Fault{Kind: Corrupt, P: .06},
		Fault{Kind: HTML, P: .04},
		Fault{Kind: LoseAnswer, Op: OpResult, P: .08},
	)...)
	return append(all,
		Fault{Kind: ListLag, After: 80 * time.Millisecond},
		Fault{Kind: LoseAnswer, Op: OpList, P: .05},
	)
}

// shares turns shares of all requests into the probabilities of a chain in which
// each fault is asked only when the ones before it let the request go.
func shares(faults ...Fault) []Fault {
	left := 1.0
	for i := range faults {
		share := faults[i].P
		faults[i].P /= left
		left -= share
	}
	return faults
}
