package rigydserver

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Op is what a request asks for.
type Op string

// The operations.
const (
	OpSubmit   Op = "submit" // a file or a generation
	OpSimulate Op = "simulate"
	OpPoll     Op = "poll"
	OpList     Op = "list"
	OpResult   Op = "result"
	OpPricing  Op = "pricing"
	OpMe       Op = "me"
	OpConvert  Op = "convert" // not a request: the conversion itself
)

// Point is when in a request's life a fault strikes.
type Point string

// The points.
const (
	Arrival  Point = "arrival"  // the header is read, the body is not
	Received Point = "received" // the body is read and was found right; nothing is accepted
	Done     Point = "done"     // the deed is done (a submission is accepted and charged), nothing is answered
)

// Kind is what a fault does.
type Kind string

// The kinds that every request can meet.
const (
	Answer      Kind = "answer"       // answers Status and does nothing; at Arrival or Received
	AnswerAfter Kind = "answer-after" // does what was asked, then answers Status
	Drop        Kind = "drop"         // closes the connection, does nothing; at Arrival or Received
	LoseAnswer  Kind = "lose-answer"  // does what was asked, closes the connection without an answer
	Hang        Kind = "hang"         // does nothing and never answers; for OpConvert: never ends
	HangAfter   Kind = "hang-after"   // does what was asked and never answers
	Delay       Kind = "delay"        // waits After, then goes on
	Garble      Kind = "garble"       // does what was asked, answers success with JSON that ends early
	Redirect    Kind = "redirect"     // answers Status (307; results 302) with Location URL
)

// The kinds of one operation.
const (
	AcceptLate Kind = "accept-late" // submit: closes the connection, accepts After later
	Rename     Kind = "rename"      // submit: the answer and all later ones tell another filename
	DropBody   Kind = "drop-body"   // submit: closes the connection after Bytes of the body

	UnknownStatus Kind = "unknown-status" // poll: status is a word nobody documented
	Vanish        Kind = "vanish"         // poll: the job is gone from here on, from the list too

	ListLag   Kind = "list-lag"   // list: jobs younger than After are not in it
	ListShift Kind = "list-shift" // list: pages after the first begin one job early and meta.total is one more

	Cut         Kind = "cut"          // result: half of the announced length, then the connection closes
	CutChunked  Kind = "cut-chunked"  // result: no length, half of it, then the connection closes
	CutQuiet    Kind = "cut-quiet"    // result: no length, half of it, and a proper end
	ShortLength Kind = "short-length" // result: announces half of the length and sends that
	Corrupt     Kind = "corrupt"      // result: right length, wrong bytes in the middle
	Empty       Kind = "empty"        // result: 200 without a byte
	HTML        Kind = "html"         // result: 200 with a web page
	NoUSD       Kind = "no-usd"       // result: a whole archive without a USD file
	Slow        Kind = "slow"         // result: Bytes at a time, After apart

	FailJob  Kind = "fail"  // convert: fails with Text, credits are returned
	PanicJob Kind = "panic" // convert: panics
)

// Fault is one way to misbehave.
type Fault struct {
	Kind  Kind
	Op    Op      // may be left out where the kind belongs to one operation; otherwise OpSubmit
	At    Point   // may be left out: each kind has its usual point
	Match string  // strikes only if this is part of the file name, the prompt or the job's ID
	Skip  int     // lets that many pass first
	Times int     // strikes that often; 0 is always
	P     float64 // probability per request; 0 is certainty
	Name  string  // for Fired

	Status     int           // Answer, AnswerAfter, Redirect
	Text       string        // error text instead of the documented one; FailJob's error; UnknownStatus's word
	RetryAfter string        // Answer: header as it is sent
	RetryDate  time.Duration // Answer: Retry-After as a date this far from now
	After      time.Duration // Delay, AcceptLate, ListLag, Slow
	Bytes      int64         // DropBody, Slow
	URL        string        // Redirect; for results "/ID" and a signature are added unless it is empty, which loops

	from *rule // in which it was found
}

// where says to which operations a kind belongs and when it strikes. A nil list
// is every request.
type where struct {
	ops []Op
	at  []Point // the first is the usual one
}

var kinds = map[Kind]where{
	Answer:      {nil, []Point{Arrival, Received}},
	AnswerAfter: {nil, []Point{Done}},
	Drop:        {nil, []Point{Arrival, Received}},
	LoseAnswer:  {nil, []Point{Done}},
	Hang:        {nil, []Point{Received, Arrival}},
	HangAfter:   {nil, []Point{Done}},
	Delay:       {nil, []Point{Arrival, Received, Done}},
	Garble:      {nil, []Point{Done}},
	Redirect:    {nil, []Point{Arrival, Received}},

	AcceptLate: {[]Op{OpSubmit}, []Point{Received}},
	Rename:     {[]Op{OpSubmit}, []Point{Received}},
	DropBody:   {[]Op{OpSubmit}, []Point{Received}},

	UnknownStatus: {[]Op{OpPoll}, []Point{Done}},
	Vanish:        {[]Op{OpPoll}, []Point{Done}},

	ListLag:   {[]Op{OpList}, []Point{Done}},
	ListShift: {[]Op{OpList}, []Point{Done}},

	Cut:         {[]Op{OpResult}, []Point{Done}},
	CutChunked:  {[]Op{OpResult}, []Point{Done}},
	CutQuiet:    {[]Op{OpResult}, []Point{Done}},
	ShortLength: {[]Op{OpResult}, []Point{Done}},
	Corrupt:     {[]Op{OpResult}, []Point{Done}},
	Empty:       {[]Op{OpResult}, []Point{Done}},
	HTML:        {[]Op{OpResult}, []Point{Done}},
	NoUSD:       {[]Op{OpResult}, []Point{Done}},
	Slow:        {[]Op{OpResult}, []Point{Done}},

	FailJob:  {[]Op{OpConvert}, []Point{Done}},
	PanicJob: {[]Op{OpConvert}, []Point{Done}},
}

// convertKinds are the general kinds that a conversion knows too.
var convertKinds = []Kind{Hang, Delay}

// fill sets what was left out and refuses what cannot strike.
func (ft *Fault) fill() error {
	w, ok := kinds[ft.Kind]
	if !ok {
		return fmt.Errorf("fault %q: no such kind", ft.Kind)
	}
	if ft.Op == "" {
		ft.Op = OpSubmit
		if w.ops != nil {
			ft.Op = w.ops[0]
		}
	}
	if ft.At == "" {
		ft.At = w.at[0]
		if w.ops == nil && ft.At == Received && ft.Op != OpSubmit && ft.Op != OpSimulate {
			ft.At = Arrival // only submissions have a body to receive
		}
	}
	general := w.ops == nil && (ft.Op != OpConvert || slices.Contains(convertKinds, ft.Kind))
	if !general && !slices.Contains(w.ops, ft.Op) {
		return fmt.Errorf("fault %q: does not exist for %s", ft.Kind, ft.Op)
	}
	if !slices.Contains(w.at, ft.At) || ft.At == Received && ft.Op != OpSubmit && ft.Op != OpSimulate {
		return fmt.Errorf("fault %q: cannot strike at %s of %s", ft.Kind, ft.At, ft.Op)
	}
	if (ft.Kind == Answer || ft.Kind == AnswerAfter) && ft.Status < 200 {
		return fmt.Errorf("fault %q: needs a status", ft.Kind)
	}
	if ft.Name == "" {
		ft.Name = string(ft.Kind)
		if ft.Kind == Answer || ft.Kind == AnswerAfter {
			ft.Name += "-" + strconv.Itoa(ft.Status)
		}
	}
	return nil
}
