package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// wantedSecrets names the secrets that s has and had has not.
func wantedSecrets(s, had *store.MCPServer) []string {
	var out []string
	for _, v := range s.SecretEnv {
		if had == nil || !slices.Contains(had.SecretEnv, v) {
			out = append(out, registry.SecretEnv(s.Name, v))
		}
	}
	for _, h := range s.SecretHeaders {
		if had == nil || !slices.Contains(had.SecretHeaders, h) {
			out = append(out, registry.SecretHeader(s.Name, h))
		}
	}
	if (s.Auth == store.AuthKey || s.Auth == store.AuthBearer) && (had == nil || had.Auth != s.Auth) {
		out = append(out, registry.Credential(s.Name))
	}
	return out
}

// serverSecrets asks for values, or reads them from stdin, one a line.
func (a *app) serverSecrets(names []string) (values map[string][]byte, err error) {
	values = map[string][]byte{}
	var lines *bufio.Reader
	for _, name := range names {
		switch {
		case a.onTerminal():
			values[name], err = a.askSecret("value of " + name + ": ")
		default:
			if lines == nil {
				lines = bufio.NewReader(io.LimitReader(a.in, int64(len(names))*(secrets.MaxValueBytes+2)))
			}
			var line []byte
			if line, err = lines.ReadBytes('\n'); errors.Is(err, io.EOF) && len(line) > 0 {
				err = nil
			}
			values[name] = trimLine(line)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return values, err
		}
		if len(values[name]) == 0 {
			return values, usageError(fmt.Errorf("there is no value for %s: stdin has one a line, in the order of --secret-env, --secret-header and --auth", name))
		}
	}
	return values, nil
}

func trimLine(b []byte) []byte {
	return []byte(strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"))
}

func wipe(values map[string][]byte) {
	for _, v := range values {
		clear(v)
	}
}

// noPlainSecrets refuses values that look like secrets where everybody who may
// see the settings would see them. What old has stays.
func (w *workspace) noPlainSecrets(ctx context.Context, s, old *store.MCPServer) error {
	for _, list := range []struct {
		now  map[string]string
		was  func() map[string]string
		flag string
	}{
		{s.Env, func() map[string]string { return old.Env }, "--secret-env"},
		{s.Headers, func() map[string]string { return old.Headers }, "--secret-header"},
	} {
		for _, name := range slices.Sorted(maps.Keys(list.now)) {
			if old != nil && list.was()[name] == list.now[name] {
				continue
			}
			if looks, err := w.looksSecret(ctx, name, list.now[name]); err != nil {
				return err
			} else if looks {
				return usageError(withHint(fmt.Errorf("%s looks like a secret, and would be kept and shown in the clear", name), list.flag+" "+name+" asks for the value"))
			}
		}
	}
	for i, arg := range s.Command {
		if old != nil && slices.Contains(old.Command, arg) {
			continue
		}
		if looks, err := w.looksSecret(ctx, "", arg); err != nil {
			return err
		} else if looks {
			return usageError(withHint(fmt.Errorf("argument %d of the command looks like a secret, which everybody on this machine could see", i), "--secret-env hands one over out of sight"))
		}
	}
	if old == nil || old.URL != s.URL {
		if u, err := url.Parse(s.URL); err == nil {
			for key, v := range u.Query() {
				if looks, err := w.looksSecret(ctx, key, v[0]); err != nil {
					return err
				} else if looks {
					return usageError(withHint(errors.New("the address holds what looks like a secret"), "--secret-header hands one over out of sight"))
				}
			}
		}
	}
	return nil
}
