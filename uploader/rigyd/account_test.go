package rigyd

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"testing"

	"simdrop/uploader"
)

func TestPricing(t *testing.T) {
	want := map[string]float64{"glb_to_simready": 1, "text_to_simready": 2.5}
	for body, ok := range map[string]bool{
		`{"data":{"glb_to_simready":1,"text_to_simready":2.5}}`:                               true,
		`{"data":{"pricing":{"glb_to_simready":1,"text_to_simready":2.5}}}`:                   true,
		`{"data":{"glb_to_simready":{"credits":1},"text_to_simready":{"credits":"2.5"}}}`:     true,
		`{"data":{"glb_to_simready":1,"text_to_simready":2.5,"currency":"credits","x":null}}`: true,
		`{"data":{}}`: false, `{"data":[]}`: false, `{}`: false, `{"data":{"pricing":7}}`: false, `x`: false,
	} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/conversions/pricing" {
				t.Errorf("path %s", r.URL)
			}
			fmt.Fprint(w, body)
		})
		got, err := c.Pricing(context.Background())
		if ok != (err == nil) || ok && !maps.Equal(got, want) {
			t.Errorf("%s: %v %v", body, got, err)
		}
	}
}

func TestMe(t *testing.T) {
	body, status := `{"data":{"user":{"email":"a@b.c","username":"ann"},"subscription":{"status":"active","plan":{"name":"Pro"},"credits_remaining":12}}}`, 200
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
	a, err := c.Me(context.Background())
	if want := (uploader.Account{Email: "a@b.c", Username: "ann", Plan: "Pro", Status: "active", Credits: 12, HasCredits: true}); err != nil || a != want {
		t.Errorf("%+v %v", a, err)
	}
	body = `{"data":{"user":null,"subscription":{"plan":"Free","credits_remaining":null}}}`
	if a, err = c.Me(context.Background()); err != nil || a != (uploader.Account{Plan: "Free"}) {
		t.Errorf("%+v %v", a, err)
	}
	status = 403
	var e *uploader.Error
	if _, err = c.Me(context.Background()); !asError(err, &e) || e.Op != "account" {
		t.Errorf("got %v", err)
	}
}

func TestNewChecksItsOptions(t *testing.T) {
	for _, base := range []string{"", "api.rigyd.com/api", "ftp://x/api", "https://", "https://u:" + canary + "@h/api", "https://h/api?x=1", "https://h/#f", "http://[::1/", "https://h/\x7f"} {
		if _, err := New(Options{Name: "rigyd", BaseURL: base}); err == nil {
			t.Errorf("%q was taken", base)
		} else if s := err.Error(); len(s) < 15 || containsCanary(s) {
			t.Errorf("%q: %s", base, s)
		}
	}
	c, err := New(Options{BaseURL: " https://API.rigyd.com/api// "})
	if err != nil || c.BaseURL() != "https://API.rigyd.com/api" {
		t.Errorf("%v", err)
	}
	if _, err := New(Options{BaseURL: "https://h", Bandwidth: -1}); err == nil {
		t.Error("a negative bandwidth was taken")
	}
}
