package service

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Plist is the LaunchAgent, or for System the LaunchDaemon, see launchd.plist(5). Its
// label is the service's name, and so is its file's.
//
// launchd starts again what ended with anything but 0, every ten seconds, so that
// simdrop run --service ends with 0 when its configuration is wrong.
func Plist(s Spec) (string, error) {
	if err := s.check(posixAbs); err != nil {
		return "", err
	}
	if !posixAbs(s.LogDir) || plain(s.LogDir) != nil {
		return "", fmt.Errorf("the log folder %q is not usable", s.LogDir)
	}
	arguments := array{s.Exec}
	for _, a := range s.background() {
		arguments = append(arguments, a)
	}
	d := dict{
		{"Label", s.Name},
		{"ProgramArguments", arguments},
		{"RunAtLoad", true},
		{"KeepAlive", dict{{"SuccessfulExit", false}}},
		{"ThrottleInterval", 10},
		{"ExitTimeOut", 30},
		{"ProcessType", "Background"},
		{"LowPriorityIO", true},
		// launchd's own default is 256, and every watched folder takes descriptors.
		{"SoftResourceLimits", dict{{"NumberOfFiles", 65536}}},
		// What is written before the log is open, and what a crash leaves.
		{"StandardErrorPath", s.LogDir + "/" + s.Name + ".stderr.log"},
	}
	if s.Scope == System {
		if !accounts.MatchString(s.RunAs) {
			return "", fmt.Errorf("%q is no account", s.RunAs)
		}
		d = append(d, entry{"UserName", s.RunAs}, entry{"InitGroups", true})
		if s.State != "" {
			d = append(d, entry{"EnvironmentVariables", dict{{"STATE_DIRECTORY", s.State}}})
		}
	}
	var b strings.Builder
	b.WriteString(xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n")
	e := xml.NewEncoder(&b)
	e.Indent("", "\t")
	err := e.EncodeElement(d, xml.StartElement{Name: xml.Name{Local: "plist"}, Attr: []xml.Attr{{Name: xml.Name{Local: "version"}, Value: "1.0"}}})
	if err != nil {
		return "", err
	}
	// A plist's truth values are empty elements, which the encoder writes as pairs.
	text := strings.NewReplacer("<true></true>", "<true/>", "<false></false>", "<false/>").Replace(b.String())
	return text + "\n", nil
}

// background is the command line of a service whose manager keeps no log: the name
// tells simdrop to keep one itself.
func (s Spec) background() []string { return append(s.Args(), "--service", s.Name) }

// dict is a plist's dictionary in a fixed order, array its array.
type (
	dict  []entry
	array []any
	entry struct {
		key   string
		value any
	}
)

// MarshalXML writes the plist element with the dictionary in it.
func (d dict) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	if err := d.write(e); err != nil {
		return err
	}
	return e.EncodeToken(start.End())
}

func (d dict) write(e *xml.Encoder) error {
	start := xml.StartElement{Name: xml.Name{Local: "dict"}}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, f := range d {
		if err := element(e, "key", f.key); err != nil {
			return err
		}
		if err := plistValue(e, f.value); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

func plistValue(e *xml.Encoder, v any) error {
	switch v := v.(type) {
	case string:
		return element(e, "string", v)
	case int:
		return element(e, "integer", v)
	case bool:
		return element(e, fmt.Sprint(v), "")
	case dict:
		return v.write(e)
	case array:
		start := xml.StartElement{Name: xml.Name{Local: "array"}}
		if err := e.EncodeToken(start); err != nil {
			return err
		}
		for _, item := range v {
			if err := plistValue(e, item); err != nil {
				return err
			}
		}
		return e.EncodeToken(start.End())
	}
	return fmt.Errorf("a plist has no %T", v)
}

func element(e *xml.Encoder, name string, v any) error {
	return e.EncodeElement(v, xml.StartElement{Name: xml.Name{Local: name}})
}
