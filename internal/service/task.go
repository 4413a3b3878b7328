package service

import (
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Task is the logon task's definition, as `schtasks /create /xml` reads it: in
// UTF-16 with a byte order mark. The elements are those of the Task Scheduler's
// schema, version 1.2, in its order. user is the account at whose logon it runs, as
// DOMAIN\name or a SID.
//
// conhost --headless gives the program a console that nobody sees: a console program
// started by a task otherwise opens a window.
func Task(s Spec, user string) (string, error) {
	if err := s.check(windowsAbs); err != nil {
		return "", err
	}
	if user == "" || plain(user) != nil {
		return "", fmt.Errorf("%q is no account", user)
	}
	for _, path := range []string{s.Exec, s.Config} {
		if strings.Count(path, "%") > 1 { // there is no way to write it
			return "", refuse("give the folder a name without %", "the Task Scheduler would replace what is between the %% in %q", path)
		}
	}
	t := task{
		Version: "1.2", Namespace: "http://schemas.microsoft.com/windows/2004/02/mit/task",
		Author: "simdrop", URI: `\` + s.Name,
		Description: "Watches folders and puts SimReady USD beside the 3D assets dropped there.",
		Trigger:     logonTrigger{Enabled: true, UserID: user},
		Principal:   principal{ID: "Author", UserID: user, LogonType: "InteractiveToken", RunLevel: "LeastPrivilege"},
		Settings: taskSettings{
			MultipleInstancesPolicy: "IgnoreNew",
			AllowHardTerminate:      true,
			StartWhenAvailable:      true,
			AllowStartOnDemand:      true,
			Enabled:                 true,
			Hidden:                  false,
			ExecutionTimeLimit:      "PT0S", // otherwise it is ended after three days
			Priority:                7,
			RestartOnFailure:        restartOnFailure{Interval: "PT1M", Count: 10},
		},
		Actions: actions{Context: "Author", Exec: execAction{
			Command:   `%SystemRoot%\System32\conhost.exe`,
			Arguments: "--headless " + CommandLine(append([]string{s.Exec}, s.background()...)...),
		}},
	}
	text, err := xml.MarshalIndent(t, "", "  ")
	if err != nil {
		return "", err
	}
	return `<?xml version="1.0" encoding="UTF-16"?>` + "\n" + string(text) + "\n", nil
}

// UTF16 is a text as Windows keeps it in files: a byte order mark, little endian,
// lines ending in CR LF.
func UTF16(text string) []byte {
	units := utf16.Encode([]rune("\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")))
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

type task struct {
	XMLName     xml.Name     `xml:"Task"`
	Version     string       `xml:"version,attr"`
	Namespace   string       `xml:"xmlns,attr"`
	Author      string       `xml:"RegistrationInfo>Author"`
	Description string       `xml:"RegistrationInfo>Description"`
	URI         string       `xml:"RegistrationInfo>URI"`
	Trigger     logonTrigger `xml:"Triggers>LogonTrigger"`
	Principal   principal    `xml:"Principals>Principal"`
	Settings    taskSettings `xml:"Settings"`
	Actions     actions
}

type logonTrigger struct {
	Enabled bool
	UserID  string `xml:"UserId"`
}

type principal struct {
	ID        string `xml:"id,attr"`
	UserID    string `xml:"UserId"`
	LogonType string
	RunLevel  string
}

type taskSettings struct {
	MultipleInstancesPolicy    string
	DisallowStartIfOnBatteries bool
	StopIfGoingOnBatteries     bool
	AllowHardTerminate         bool
	StartWhenAvailable         bool
	AllowStartOnDemand         bool
	Enabled                    bool
	Hidden                     bool
	ExecutionTimeLimit         string
	Priority                   int
	RestartOnFailure           restartOnFailure
}

type restartOnFailure struct {
	Interval string
	Count    int
}

type actions struct {
	Context string `xml:",attr"` // the principal it runs as
	Exec    execAction
}

type execAction struct {
	Command   string
	Arguments string
}

// CommandLine joins words as Windows programs take their command line apart
// (CommandLineToArgvW): quotes around what needs them, backslashes doubled only
// before a quote. A quote cannot be in a Windows path; it is escaped all the same.
func CommandLine(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = windowsWord(w)
	}
	return strings.Join(quoted, " ")
}

func windowsWord(w string) string {
	if w != "" && strings.Trim(w, wordsOnly) == "" {
		return w
	}
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for _, c := range []byte(w) {
		switch c {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1))
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteByte(c)
	}
	b.WriteString(strings.Repeat(`\`, slashes) + `"`)
	return b.String()
}

const wordsOnly = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
