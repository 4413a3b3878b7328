package redact

// Error returns err with its text cleaned as by Text. What it wraps stays
// reachable for errors.Is and errors.As; nil stays nil.
func Error(err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	text := Text(err.Error(), secrets...)
	if text == err.Error() {
		return err
	}
	return &cleaned{text, err}
}

type cleaned struct {
	text string
	err  error
}

func (c *cleaned) Error() string { return c.text }
func (c *cleaned) Unwrap() error { return c.err }
