package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zalando/go-keyring"

	"simdrop/internal/redact"
)

// keychainService is simdrop's name in the OS keychain; the user is the provider.
const keychainService = "simdrop"

// maxKey bounds a key file: a key is a line.
const maxKey = 4096

// keychainPatience bounds the question to the keychain.
const keychainPatience = 5 * time.Second

// ResolveKey finds the key of the provider that is configured as name, and says
// where from: api_key, api_key_file, the keychain entry simdrop/NAME, the 0600
// file that login writes where there is no keychain. No key at all is not an
// error: the secret is empty. A key file that is named and cannot be read is one.
// From here on the key is hidden in logs and errors, whatever its shape.
func ResolveKey(name string, p Provider) (key Secret, source string, err error) {
	defer func() { redact.Learn(key.Reveal()) }()
	if p.Type == Local {
		return "", "not needed", nil
	}
	if k := strings.TrimSpace(string(p.APIKey)); k != "" {
		return Secret(k), "api_key", nil
	}
	if p.APIKeyFile != "" {
		k, err := readKey(p.APIKeyFile)
		if err != nil {
			return "", "", fmt.Errorf("read the key of provider %s: %w", name, err)
		}
		return k, "api_key_file " + p.APIKeyFile, nil
	}
	// A machine without a keychain, or with a locked one, has the file instead.
	if k := keychainKey(name); k != "" {
		return k, "keychain", nil
	}
	file := KeyFile(name, os.LookupEnv)
	switch k, err := readKey(file); {
	case err == nil:
		return k, file, nil
	case file == "" || errors.Is(err, fs.ErrNotExist):
		return "", "none", nil
	default:
		return "", "", fmt.Errorf("read the key of provider %s: %w", name, err)
	}
}

// KeyFile is where a key is kept on a machine without a keychain, empty where the
// person has no configuration folder.
func KeyFile(name string, env Env) string {
	dir := UserDir(env)
	if dir == "" || !providerName.MatchString(name) {
		return ""
	}
	return filepath.Join(dir, "keys", name)
}

// keychainKey asks the OS keychain. A keychain that asks the person to unlock it
// may never answer a service: what takes too long counts as absent.
func keychainKey(name string) Secret {
	found := make(chan string, 1)
	go func() {
		k, _ := keyring.Get(keychainService, name)
		found <- strings.TrimSpace(k)
	}()
	select {
	case k := <-found:
		return Secret(k)
	case <-time.After(keychainPatience):
		return ""
	}
}

func readKey(file string) (Secret, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(b))
	if len(b) > maxKey || strings.ContainsAny(key, "\r\n\x00") {
		return "", fmt.Errorf("%s holds more than one line: want the key alone", file)
	}
	if key == "" {
		return "", fmt.Errorf("%s is empty", file)
	}
	return Secret(key), nil
}
