package cli

import (
	"strings"
	"testing"

	"simdrop/internal/control"
	"simdrop/internal/service"
)

func TestServiceChecks(t *testing.T) {
	for _, c := range []struct {
		status  service.Status
		verdict string
		hint    string
	}{
		{service.Status{State: service.Running, Autostart: true}, control.CheckOK, ""},
		{service.Status{State: service.Running}, control.CheckWarn, "service install"},
		{service.Status{State: service.Stopped, Autostart: true}, control.CheckWarn, "service start"},
		{service.Status{State: service.CrashLooping, Code: 1, Logs: "journalctl -u x"}, control.CheckFail, "journalctl -u x"},
		{service.Status{State: service.Failed, Code: 2, Config: "/c.yaml"}, control.CheckFail, "config check"},
	} {
		got := checkOf(c.status)
		if got.Verdict != c.verdict || !strings.Contains(got.Hint, c.hint) || c.hint == "" && got.Hint != "" {
			t.Errorf("%+v: %+v", c.status, got)
		}
	}
}
