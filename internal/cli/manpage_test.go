package cli

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

func manual(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(nil, append([]string{"man"}, args...), nil, &out, &errs); code != 0 {
		t.Fatalf("man %v: code %d, %s", args, code, errs.String())
	}
	return out.String()
}

// TestManualPages: every command and option is there, nothing of the text is taken
// for a request, and the same call gives the same bytes.
func TestManualPages(t *testing.T) {
	one := manual(t, "--date", "2026-11-22", "1")
	for _, want := range []string{`.TH SIMDROP 1 "2026-11-22"`, `\fBconvert PATH`, `\fBconfig check`, `\fB\-\-once`, `.SH EXIT STATUS`} {
		if !strings.Contains(one, want) {
			t.Errorf("simdrop(1) lacks %q", want)
		}
	}
	for _, hidden := range []string{"examine", "convert-one", `\fBman `, `\fBcompletion`} {
		if strings.Contains(one, hidden) {
			t.Errorf("simdrop(1) shows %q", hidden)
		}
	}
	five := manual(t, "5")
	if want := `settle_period: 5s`; !strings.Contains(five, want) {
		t.Errorf("simdrop.yaml(5) lacks %q", want)
	}
	for name, page := range map[string]string{"1": one, "5": five} {
		for line := range strings.Lines(page) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !strings.Contains(".TH .SH .SS .TP .PP .B .BR .RS .RE .nf .fi", word) {
				t.Errorf("%s: %q is a request", name, line)
			}
		}
	}
	if again := manual(t, "--date", "2026-11-22", "1"); again != one {
		t.Error("two calls differ")
	}
}

// TestManualPagesFormat asks groff, where there is one, whether it understands all.
func TestManualPagesFormat(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff")
	}
	for _, section := range []string{"1", "5"} {
		c := exec.Command(groff, "-man", "-ww", "-K", "utf8", "-T", "utf8", "-z")
		c.Stdin = strings.NewReader(manual(t, section))
		if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("section %s: %v: %s", section, err, out)
		}
	}
}
