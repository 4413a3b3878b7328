package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/asset"
	"simdrop/internal/config"
	"simdrop/internal/rigydserver/rigydtest"
)

// fieldTable is every conversion field with values at and beyond what the API's
// documentation allows.
var fieldTable = []struct {
	field  string
	kind   asset.Kind
	values string // separated by blanks; ~ is nothing at all
}{
	{"target_triangle_count", asset.Models, "1000 1000000 50000 999 1000001 0 -5 1e4 many 5000.5 99999999999999999999"},
	{"threshold", asset.Models, "0 0.05 1 17 -0.01 -1e300 much 1e999 .inf .nan"},
	{"threshold", asset.Images, "0 0.05 -0.01"},
	{"llm_provider", asset.Models, "openai some-provider " + strings.Repeat("x", 200)},
	{"skip_validation", asset.Models, "true false maybe 2"},
	{"skip_validation", asset.Prompts, "true nope"},
	{"face_limit", asset.Prompts, "1 9000 2147483647 2147483648 -1 few 1.5 99999999999999999999"},
	{"face_limit", asset.Images, "1 2147483648 -1"},
	{"model_version", asset.Images, "v2 2.5-turbo"},
}

// TestConfigurationRefusesWhatTheServerRefuses: a value that the documented API would
// refuse never gets that far; the configuration refuses it with its line and path. And
// what the configuration takes, the server takes as it is sent.
func TestConfigurationRefusesWhatTheServerRefuses(t *testing.T) {
	p := rigydtest.Start(t)
	refusals := 0
	for _, row := range fieldTable {
		for value := range strings.FieldsSeq(row.values) {
			status := submitField(t, p, row.kind, map[string]string{row.field: value})
			conf, err := convertOf(row.field, value, row.kind)
			at := fmt.Sprintf("watch[0].convert.%s: line 5: ", row.field)
			switch {
			case status/100 == 4:
				refusals++
				if err == nil || !strings.HasPrefix(err.Error(), at) {
					t.Errorf("%s: %s is refused by the server (%d), the configuration says %v", row.field, value, status, err)
				}
			case status != http.StatusAccepted:
				t.Errorf("%s: %s is answered %d", row.field, value, status)
			}
			if err != nil {
				if !strings.HasPrefix(err.Error(), at) {
					t.Errorf("%s: %s: %v", row.field, value, err)
				}
				continue
			}
			sent := fields(conf, config.Rigyd, row.kind)
			if status := submitField(t, p, row.kind, sent); status != http.StatusAccepted {
				t.Errorf("%s: %s is taken, sent as %v, and answered %d", row.field, value, sent, status)
			}
		}
	}
	if refusals < 20 {
		t.Errorf("the server refused only %d values", refusals)
	}
}

// What cannot be a line of a form is refused too, and so is what is no word at all.
func TestConfigurationRefusesWhatNoFieldHolds(t *testing.T) {
	for _, value := range []string{`"a\nb"`, `" a"`, `"a\x00b"`, `"` + strings.Repeat("x", 70_000) + `"`, "[a]", "5"} {
		for _, field := range []string{"llm_provider", "model_version"} {
			if _, err := convertOf(field, value, asset.Images); err == nil || !strings.HasPrefix(err.Error(), "watch[0].convert."+field+": line 5: ") {
				t.Errorf("%s: %.20s: %v", field, value, err)
			}
		}
	}
	for _, value := range []string{"usdz", "USD", "5", "[usd, mjcf]"} {
		if _, err := convertOf("format", value, asset.Models); err == nil || !strings.HasPrefix(err.Error(), "watch[0].convert.format: line 5: ") {
			t.Errorf("format: %s: %v", value, err)
		}
	}
	for _, value := range []string{"always", "true", "demo,drop"} {
		if _, err := convertOf("simulate", value, asset.Models); err == nil || !strings.HasPrefix(err.Error(), "watch[0].convert.simulate: line 5: ") {
			t.Errorf("simulate: %s: %v", value, err)
		}
	}
}

// convertOf is what a configuration with that value says of conversions.
func convertOf(field, value string, kind asset.Kind) (config.Convert, error) {
	text := fmt.Sprintf("watch:\n- path: /in\n  accept: [%s]\n  convert:\n    %s: %s\n", kind, field, value)
	c, err := config.Parse([]byte(text), string(filepath.Separator), func(string) (string, bool) { return "", false })
	if err != nil {
		var m config.Mistakes
		if !errors.As(err, &m) || len(m) != 1 {
			return config.Convert{}, fmt.Errorf("not one mistake: %w", err)
		}
		return config.Convert{}, err
	}
	return c.Watch[0].Convert, nil
}

// submitField submits something of the kind with the fields and returns the status.
func submitField(t *testing.T, p *rigydtest.Provider, kind asset.Kind, fields map[string]string) int {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := form.WriteField(name, fields[name]); err != nil {
			t.Fatal(err)
		}
	}
	path := "/conversions/generate"
	switch kind {
	case asset.Prompts:
		form.WriteField("prompt", "a red chair") // to a buffer
	case asset.Images:
		formFile(t, form, "images[]", "a.png")
	default:
		path = "/conversions"
		formFile(t, form, "file", "a.stl")
	}
	form.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.Key)
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := p.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func formFile(t *testing.T, form *multipart.Writer, field, name string) {
	t.Helper()
	w, err := form.CreateFormFile(field, name)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "content") // to a buffer
}
