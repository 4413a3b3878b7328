package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zalando/go-keyring"

	"simdrop/internal/durable"
	"simdrop/internal/redact"
)

// unlockPatience is how long a person may take to unlock the keychain.
const unlockPatience = time.Minute

// ParseKey is the key in what a person typed or piped: one line without spaces.
// The error never holds any of it.
func ParseKey(text string) (Secret, error) {
	key := strings.TrimSpace(text)
	switch {
	case key == "":
		return "", errors.New("no key was given")
	case len(key) > maxKey:
		return "", errors.New("that is too long for a key")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", errors.New("a key is one line of printable characters without spaces")
	}
	redact.Learn(key)
	return Secret(key), nil
}

// KeepKey keeps a provider's key where ResolveKey finds it: in the OS keychain, or
// where there is none in a file that only its owner can read. It says where.
func KeepKey(name string, key Secret, env Env) (where string, err error) {
	if !providerName.MatchString(name) {
		return "", fmt.Errorf("%q is not a provider's name", clip(name))
	}
	kerr := keychainSet(name, key)
	if kerr == nil {
		// What an earlier login kept in the file must not come back.
		if file := KeyFile(name, env); file != "" {
			os.Remove(file)
		}
		return "the keychain", nil
	}
	if old := keychainKey(name); old != "" && old != key {
		return "", fmt.Errorf("the keychain holds an older key and takes no other: %w", kerr)
	}
	file := KeyFile(name, env)
	if file == "" {
		return "", fmt.Errorf("there is no keychain (%w) and no folder for a key file", kerr)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", fmt.Errorf("make the folder for keys: %w", err)
	}
	if err := durable.WriteFile(file, []byte(key.Reveal()+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the key file: %w", err)
	}
	return file, nil
}

func keychainSet(name string, key Secret) error {
	done := make(chan error, 1)
	go func() { done <- keyring.Set(keychainService, name, key.Reveal()) }()
	select {
	case err := <-done:
		return err
	case <-time.After(unlockPatience):
		return errors.New("the keychain does not answer")
	}
}
