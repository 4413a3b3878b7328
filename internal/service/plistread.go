//go:build unix

package service

import (
	"encoding/xml"
	"strings"
)

// ofPlist finds the program and the configuration in a property list of ours.
func ofPlist(text []byte) (exec, config string) {
	var p struct {
		Words []string `xml:"dict>array>string"`
	}
	d := xml.NewDecoder(strings.NewReader(string(text[:min(len(text), 1<<16)])))
	if d.Decode(&p) != nil || len(p.Words) == 0 {
		return "", ""
	}
	for i, w := range p.Words[1:] {
		if p.Words[i] == "--config" {
			config = w
		}
	}
	return p.Words[0], config
}
