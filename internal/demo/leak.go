package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store/sqlite"
)

// place is somewhere an original must not be.
type place struct {
	name string
	data []byte
}

// search counts the planted originals in the raw logs, and looks for each, in
// every form that it could have taken, wherever the child wrote.
func (r *run) search(ctx context.Context) error {
	var raw []byte
	for _, l := range r.incident.Logs {
		b, err := readMaybeGzip(filepath.Join(r.logFolder(), filepath.Base(l.File)))
		if err != nil {
			return err
		}
		raw = append(append(raw, b...), '\n')
	}
	occurrences := 0
	for _, p := range r.incident.Planted {
		n := bytes.Count(raw, []byte(p.Value))
		if n == 0 {
			return fmt.Errorf("a planted %s does not occur in the raw logs: the search would prove nothing", p.Type)
		}
		occurrences += n
	}
	places, err := r.places(ctx)
	if err != nil {
		return err
	}
	size := 0
	for _, p := range places {
		size += len(p.data)
	}
	var hits []string
	for i, p := range r.incident.Planted {
		for _, form := range forms(p.Value) {
			for _, where := range places {
				if bytes.Contains(where.data, form.text) {
					// The value itself is not printed: whoever reads this may be a model.
					hits = append(hits, fmt.Sprintf("planted value %d (%s) as %s in %s", i+1, p.Type, form.name, where.name))
				}
			}
		}
	}
	if len(hits) > 0 {
		slices.Sort(hits)
		return fmt.Errorf("%w: %d times\n  %s", ErrLeak, len(hits), strings.Join(hits, "\n  "))
	}
	r.say("leaks", "0 of %d planted originals (%d occurrences in the raw logs), raw or encoded,", len(r.incident.Planted), occurrences)
	where := "frames, stderr, exports and every table but the vault"
	switch {
	case len(r.stations) > 0 && r.model != nil:
		where += ", and in all that the services and the AI provider received"
	case len(r.stations) > 0:
		where += ", and in all that the services received"
	case r.model != nil:
		where += ", and in all that the AI provider received"
	}
	r.say("", "in %.1f MB: %s", float64(size)/1e6, where)
	return nil
}

// places gathers everything that the child wrote.
func (r *run) places(ctx context.Context) ([]place, error) {
	places := []place{{"the frames", r.host.frames.Bytes()}, {"stderr", r.host.stderr.Bytes()}}
	// Text in a frame is text in JSON, once or twice over: look beneath too.
	flat := unescape(places[0].data)
	places = append(places, place{"the frames, unescaped", flat}, place{"the frames, unescaped twice", unescape(flat)})
	for _, s := range r.received() {
		got := s.got.Bytes()
		if !bytes.Contains(got, []byte(r.issue)) && !bytes.Contains(got, []byte(r.incident.Title)) {
			return nil, fmt.Errorf("what %s received is about another issue: the search would prove nothing", s.Service)
		}
		places = append(places, place{"what " + s.Service + " received", got}, place{"what " + s.Service + " received, unescaped", unescape(got)})
	}
	if said := r.terminal.Bytes(); len(said) > 0 {
		places = append(places, place{"stderr of the person's commands", said})
	}
	exports := os.DirFS(filepath.Join(r.dataFolder(), "exports"))
	err := fs.WalkDir(exports, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(exports, name)
		places = append(places, place{"the export " + name, b})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the exports: %w", err)
	}
	dump, err := r.dump(ctx)
	return append(places, dump...), err
}

// dump reads the decrypted database as one who holds the key does.
func (r *run) dump(ctx context.Context) (_ []place, err error) {
	keys, err := secrets.Resolve(ctx, secrets.Options{DataDir: r.dataFolder(), DBKey: base64.StdEncoding.EncodeToString(r.key[:])})
	if err != nil {
		return nil, err
	}
	defer keys.Close()
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(r.dataFolder(), "tftsr.db"), Key: keys.DatabaseKey("main")})
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := db.Close(); err == nil {
			err = closeErr
		}
	}()
	tables := map[string]*bytes.Buffer{}
	err = db.Dump(ctx, func(table, _ string, value []byte) error {
		b := tables[table]
		if b == nil {
			b = &bytes.Buffer{}
			tables[table] = b
		}
		b.Write(value)
		b.WriteByte('\n')
		return nil
	})
	var places []place
	for name, b := range tables {
		if b.Len() > 0 {
			places = append(places, place{"table " + name, b.Bytes()})
		}
	}
	if len(places) < 5 && err == nil {
		err = fmt.Errorf("the dump holds %d tables: the search would prove nothing", len(places))
	}
	return places, err
}

// form is a spelling of a value.
type form struct {
	name string
	text []byte
}

// minForm is the least length of an encoded form that is searched: shorter
// ones occur by chance.
const minForm = 6

// forms spells a value in the encodings that text passes through.
func forms(value string) []form {
	out := []form{{"raw text", []byte(value)}}
	add := func(name, s string) {
		if len(s) >= minForm && !slices.ContainsFunc(out, func(f form) bool { return string(f.text) == s }) {
			out = append(out, form{name, []byte(s)})
		}
	}
	add("lower case", strings.ToLower(value))
	add("upper case", strings.ToUpper(value))
	quoted, err := json.Marshal(value)
	if err == nil {
		add("JSON", string(quoted[1:len(quoted)-1]))
	}
	add("percent encoding", url.QueryEscape(value))
	add("percent encoding", url.PathEscape(value))
	add("percent encoding", strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	add("hex", hex.EncodeToString([]byte(value)))
	add("hex", strings.ToUpper(hex.EncodeToString([]byte(value))))
	add("reversed", reversed(value))
	for shift := range 3 {
		for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			add(name, innerBase64(enc, value, shift))
		}
	}
	return out
}

// innerBase64 is what every base64 text that holds value at this position
// modulo three has in common.
func innerBase64(enc *base64.Encoding, value string, shift int) string {
	padded := append(make([]byte, shift), value...)
	s := enc.EncodeToString(padded)
	from := (shift*8 + 5) / 6
	to := len(padded) * 8 / 6
	if from >= to {
		return ""
	}
	return s[from:to]
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// unescape undoes one layer of JSON string escapes, wherever they are.
func unescape(b []byte) []byte {
	return []byte(strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n", `\r`, "\r", `\t`, "\t", `\/`, "/",
		`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\u0040`, "@").Replace(string(b)))
}

func readMaybeGzip(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil || len(b) < 2 || b[0] != 0x1f || b[1] != 0x8b {
		return b, err
	}
	zr, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zr)
}
