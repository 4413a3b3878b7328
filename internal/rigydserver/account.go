package rigydserver

// pricing is GET /conversions/pricing.
func (s *Server) pricing(x *exchange) error {
	prices := map[string]float64{}
	for _, t := range jobTypes {
		prices[t] = s.opt.Price(t)
	}
	return x.reply(200, envelope{Data: prices})
}

// me is GET /me.
func (s *Server) me(x *exchange) error {
	type plan struct {
		Name string `json:"name"`
	}
	type subscription struct {
		Status  string  `json:"status"`
		Plan    plan    `json:"plan"`
		Credits float64 `json:"credits_remaining"`
	}
	type user struct {
		Email    string `json:"email"`
		Username string `json:"username"`
	}
	a := s.opt.Account
	sub := subscription{Status: "active", Plan: plan{a.Plan}}
	if a.Metered {
		s.mu.Lock()
		sub.Credits = s.balance()
		s.mu.Unlock()
	}
	return x.reply(200, envelope{Data: struct {
		User         user         `json:"user"`
		Subscription subscription `json:"subscription"`
	}{user{a.Email, a.Username}, sub}})
}
