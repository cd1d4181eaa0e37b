//lint:file-ignore SA1019 The server scans what hosts still use, deprecated or not.

//nolint:staticcheck // SA1019, as above.
package server

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	sqlite3 "github.com/ncruces/go-sqlite3"
)

// requestParams are the parameters of every method that a host may send.
var requestParams = map[string]any{
	"completion/complete":      mcp.CompleteParams{},
	"initialize":               mcp.InitializeParams{},
	"logging/setLevel":         mcp.SetLoggingLevelParams{},
	"ping":                     mcp.PingParams{},
	"prompts/get":              mcp.GetPromptParams{},
	"prompts/list":             mcp.ListPromptsParams{},
	"resources/list":           mcp.ListResourcesParams{},
	"resources/read":           mcp.ReadResourceParams{},
	"resources/subscribe":      mcp.SubscribeParams{},
	"resources/templates/list": mcp.ListResourceTemplatesParams{},
	"resources/unsubscribe":    mcp.UnsubscribeParams{},
	"server/discover":          mcp.DiscoverParams{},
	"subscriptions/listen":     mcp.SubscriptionsListenParams{},
	"tools/call":               mcp.CallToolParams{},
	"tools/list":               mcp.ListToolsParams{},

	"notifications/cancelled":          mcp.CancelledParams{},
	"notifications/initialized":        mcp.InitializedParams{},
	"notifications/progress":           mcp.ProgressNotificationParams{},
	"notifications/roots/list_changed": mcp.RootsListChangedParams{},
}

// plantings calls fn with a fresh value of the type for each place in it that
// can hold a string, with the planted text in that place alone.
func plantings(t reflect.Type, fn func(path string, v reflect.Value)) {
	places(t, "", 0, func(path string, set func(reflect.Value)) {
		v := reflect.New(t).Elem()
		set(v)
		fn(path, v)
	})
}

// places finds the places. set, of each, plants in a value of type t.
func places(t reflect.Type, path string, depth int, found func(path string, set func(reflect.Value))) {
	if depth > 6 {
		return
	}
	switch t.Kind() {
	case reflect.String:
		found(path, func(v reflect.Value) { v.SetString(planted) })
	case reflect.Interface:
		if t.NumMethod() == 0 {
			found(path, func(v reflect.Value) { v.Set(reflect.ValueOf(planted)) })
			found(path+"/deep", func(v reflect.Value) {
				v.Set(reflect.ValueOf(map[string]any{email: "as a key", "password": password, "list": []any{planted}}))
			})
		}
	case reflect.Pointer:
		places(t.Elem(), path, depth+1, func(path string, set func(reflect.Value)) {
			found(path, func(v reflect.Value) { v.Set(reflect.New(t.Elem())); set(v.Elem()) })
		})
	case reflect.Slice:
		places(t.Elem(), path+"[]", depth+1, func(path string, set func(reflect.Value)) {
			found(path, func(v reflect.Value) { v.Set(reflect.MakeSlice(t, 1, 1)); set(v.Index(0)) })
		})
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return
		}
		put := func(v reflect.Value, key string, set func(reflect.Value)) {
			item := reflect.New(t.Elem()).Elem()
			set(item)
			v.Set(reflect.MakeMap(t))
			v.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), item)
		}
		found(path+"/key", func(v reflect.Value) { put(v, email, func(reflect.Value) {}) })
		places(t.Elem(), path+"/*", depth+1, func(path string, set func(reflect.Value)) {
			found(path, func(v reflect.Value) { put(v, "note", set) })
		})
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				continue
			}
			places(f.Type, path+"."+f.Name, depth+1, func(path string, set func(reflect.Value)) {
				found(path, func(v reflect.Value) { set(v.Field(i)) })
			})
		}
	}
}

// TestSecretsInEveryFieldOfEveryCallAreInTheVaultAlone plants values in every
// string of the parameters of every method, one after the other, found by
// reflection over the SDK's types, and then searches the database: every value
// of every table but the vault's, and the decrypted pages themselves, free ones
// too, after the vault was cut out of them.
func TestSecretsInEveryFieldOfEveryCallAreInTheVaultAlone(t *testing.T) {
	for method := range methods {
		if _, ok := requestParams[method]; !ok {
			t.Errorf("%s is not tried", method)
		}
	}
	f := surfaceServer(t)
	f.seed(t, 3)
	tried := 0
	for method, params := range requestParams {
		plantings(reflect.TypeOf(params), func(path string, v reflect.Value) {
			tried++
			body, err := json.Marshal(v.Interface())
			if err != nil {
				// The SDK's own encoder refuses what a hostile host may well send.
				body, err = json.Marshal(members(v))
			}
			if err != nil {
				t.Fatal(method, path, err)
			}
			f.sendRaw(t, method, body)
			// The same where everything else is as it should be, so that the
			// call runs.
			for _, fixed := range completed(method, body) {
				f.sendRaw(t, method, fixed)
			}
		})
	}
	if tried < 60 {
		t.Errorf("only %d places were found", tried)
	}
	f.server.notes.flush()
	f.nothingLeaked(t)
	f.searchPages(t)
}

// members gives a value as encoding/json does, without the methods of its types.
func members(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return members(v.Elem())
	case reflect.Struct:
		out := map[string]any{}
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if f := v.Type().Field(i); f.IsExported() && name != "-" && name != "" && !v.Field(i).IsZero() {
				out[name] = members(v.Field(i))
			}
		}
		return out
	}
	return v.Interface()
}

// completed returns parameters with what a method needs to run, where they
// lack it: once for each of the test's own features, and of the server's.
func completed(method string, body []byte) (all [][]byte) {
	for _, need := range map[string][]map[string]any{
		"tools/call":          {{"name": "echo", "arguments": map[string]any{}}},
		"prompts/get":         {{"name": "planted"}, {"name": "start_triage"}, {"name": "triage_linux", "arguments": map[string]any{"issue_id": issueID}}},
		"resources/read":      {{"uri": "tftsr://planted/text"}, {"uri": "tftsr://issues/" + issueID}, {"uri": "tftsr://logs/" + logID}},
		"resources/subscribe": {{"uri": "tftsr://issues/" + issueID}},
		"completion/complete": {
			{"ref": map[string]any{"type": "ref/prompt", "name": "planted"}, "argument": map[string]any{"name": "who", "value": "x"}},
			{"ref": map[string]any{"type": "ref/prompt", "name": "start_triage"}, "argument": map[string]any{"name": "issue_id", "value": "x"}},
			{"ref": map[string]any{"type": "ref/resource", "uri": "tftsr://issues/{issue}"}, "argument": map[string]any{"name": "issue", "value": "x"}},
		},
	}[method] {
		var p map[string]any
		if json.Unmarshal(body, &p) != nil {
			return nil
		}
		for name, v := range need {
			if old, ok := p[name]; !ok || old == "" || reflect.DeepEqual(old, map[string]any{"name": "", "value": ""}) || reflect.DeepEqual(old, map[string]any{"type": ""}) {
				p[name] = v
			}
		}
		if fixed, err := json.Marshal(p); err == nil {
			all = append(all, fixed)
		}
	}
	return all
}

// sendRaw sends a message in a session of its own and waits until it was dealt
// with.
func (f *fixture) sendRaw(t *testing.T, method string, params []byte) {
	t.Helper()
	in, out, _ := f.stdio(t)
	id := `"id":2,`
	if strings.HasPrefix(method, "notifications/") {
		id = ""
	}
	send := func() {
		for _, line := range []string{initialize, fmt.Sprintf(`{"jsonrpc":"2.0",%s"method":%q,"params":%s}`, id, method, params), `{"jsonrpc":"2.0","id":"last","method":"ping"}`} {
			if _, err := io.WriteString(in, line+"\n"); err != nil {
				return // The server has ended the session.
			}
		}
	}
	go send()
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if bytes.Contains(lines.Bytes(), []byte(`"id":"last"`)) {
			break
		}
	}
	in.Close()
	go io.Copy(io.Discard, out)
}

// searchPages decrypts the database, takes the vault out and searches what is
// left, byte by byte.
func (f *fixture) searchPages(t *testing.T) {
	t.Helper()
	c, err := sqlite3.OpenFlags("file:"+filepath.ToSlash(f.options.Path)+"?vfs=tftsr", sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Exec("PRAGMA hexkey='" + hex.EncodeToString(f.options.Key[:]) + "'"); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "plain.db")
	if err := c.Backup("main", "file:"+filepath.ToSlash(plain)); err != nil { // Page by page, free ones too.
		t.Fatal(err)
	}
	search := func() map[string]bool {
		b, err := os.ReadFile(plain)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for _, l := range leaks(b) {
			found[l] = true
		}
		return found
	}
	if !search()["e-mail"] {
		t.Error("the vault does not hold the planted address: the search sees nothing")
	}
	p, err := sqlite3.Open("file:" + filepath.ToSlash(plain))
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	stmt, _, err := p.Prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'vault\\_%' ESCAPE '\\' ORDER BY name DESC")
	if err != nil {
		t.Fatal(err)
	}
	for stmt.Step() {
		tables = append(tables, stmt.ColumnText(0))
	}
	if err := stmt.Close(); err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	sql := "PRAGMA journal_mode = DELETE; PRAGMA secure_delete = ON; PRAGMA foreign_keys = OFF;"
	for _, name := range tables {
		sql += "DROP TABLE " + sqlite3.QuoteIdentifier(name) + ";"
	}
	if err := p.Exec(sql); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if found := search(); len(found) != 0 {
		t.Errorf("outside of the vault the pages hold %v", found)
	}
}
