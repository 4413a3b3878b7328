package rigyd

import (
	"context"
	"encoding/json"
	"errors"

	"simdrop/internal/redact"
	"simdrop/uploader"
	"simdrop/uploader/wire"
)

// Pricing returns credits by job type. The documentation has them in data, the
// vendor's command line also in data.pricing.
func (c *Client) Pricing(ctx context.Context) (map[string]float64, error) {
	answer, err := c.api.Get(ctx, "pricing", wire.Question, "/conversions/pricing", nil)
	if err != nil {
		return nil, err
	}
	var body struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	err = answer.Decode(&body)
	prices := body.Data
	if inner, ok := prices["pricing"]; ok && err == nil {
		prices = nil
		err = json.Unmarshal(inner, &prices)
	}
	list := map[string]float64{}
	for name, raw := range prices {
		if price, ok := credits(raw); ok {
			list[redact.Text(name)] = price
		}
	}
	if err != nil || len(list) == 0 {
		return nil, c.api.Unreadable("pricing", wire.Question, answer, errors.New("the answer holds no prices"))
	}
	return list, nil
}

// credits reads a price: a number, or an object that has one.
func credits(raw json.RawMessage) (float64, bool) {
	var object struct {
		Credits *number `json:"credits"`
	}
	if json.Unmarshal(raw, &object) == nil && object.Credits != nil {
		return float64(*object.Credits), *object.Credits >= 0
	}
	var f *float64
	if json.Unmarshal(raw, &f) == nil && f != nil {
		return *f, *f >= 0
	}
	return 0, false
}

// Me returns whose key it is. Older deployments refuse every key here, so an
// error, even one of class KeyRefused, must not stop anything.
func (c *Client) Me(ctx context.Context) (uploader.Account, error) {
	answer, err := c.api.Get(ctx, "account", wire.Question, "/me", nil)
	if err != nil {
		return uploader.Account{}, err
	}
	var body struct {
		Data struct {
			User struct {
				Email    text `json:"email"`
				Username text `json:"username"`
			} `json:"user"`
			Subscription struct {
				Status text    `json:"status"`
				Plan   text    `json:"plan"`
				Left   *number `json:"credits_remaining"`
			} `json:"subscription"`
		} `json:"data"`
	}
	if err := answer.Decode(&body); err != nil {
		return uploader.Account{}, c.api.Unreadable("account", wire.Question, answer, err)
	}
	user, sub := body.Data.User, body.Data.Subscription
	a := uploader.Account{
		Email: redact.Text(string(user.Email)), Username: redact.Text(string(user.Username)),
		Plan: redact.Text(string(sub.Plan)), Status: redact.Text(string(sub.Status)),
	}
	if sub.Left != nil {
		a.Credits, a.HasCredits = float64(*sub.Left), true
	}
	return a, nil
}
