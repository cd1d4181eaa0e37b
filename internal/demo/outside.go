package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Outside is a stand-in for a service that an incident ends in.
type Outside struct {
	Service string
	Handler http.Handler
	Path    string   // of the base URL
	Add     []string // arguments of integration add, besides the URL
	Secret  string   // the credential that it asks for
	// File is the tool that files, and Args are its arguments, besides the issue
	// and the approval. In texts $SUMMARY stands for what was found, and $DOCUMENT
	// for the id of the RCA.
	File string
	Args map[string]any
	// Say is what a person reads of the answer, whose fields it names with a
	// dollar sign: "filed $ticket_number".
	Say string
}

// station is a stand-in that listens, and all that it was sent.
type station struct {
	Outside
	url string
	got buffer
	srv *http.Server
}

// ServeHTTP keeps what arrives and passes it on.
func (s *station) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "the body is cut off", http.StatusBadRequest)
		return
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "%s %s\n", r.Method, r.URL.RequestURI())
	if err := r.Header.Write(&head); err != nil {
		http.Error(w, "the header cannot be kept", http.StatusInternalServerError)
		return
	}
	_, _ = s.got.Write(head.Bytes())
	_, _ = s.got.Write(append(body, '\n'))
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.Handler.ServeHTTP(w, r)
}

// stand starts the stand-ins and configures them as an owner does: through the
// program.
func (r *run) stand(ctx context.Context) error {
	for _, o := range r.outside {
		var lc net.ListenConfig
		l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("a stand-in for %s: %w", o.Service, err)
		}
		s := &station{Outside: o, url: "http://" + l.Addr().String()}
		s.srv = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
		r.stations = append(r.stations, s)
		go func() { _ = s.srv.Serve(l) }() // It ends with Close.
		args := append([]string{"integration", "add", o.Service, "demo", "--url", s.url + o.Path}, o.Add...)
		if err := r.person(ctx, o.Secret, args...); err != nil {
			return err
		}
	}
	return nil
}

// received are the stand-ins that were sent something.
func (r *run) received() []*station {
	if r.model == nil {
		return r.stations
	}
	return append(slices.Clone(r.stations), r.model)
}

// leave ends the stand-ins.
func (r *run) leave() error {
	var errs []error
	for _, s := range r.received() {
		errs = append(errs, s.srv.Close())
	}
	return errors.Join(errs...)
}

// person runs the program as the owner does, in a terminal of their own.
func (r *run) person(ctx context.Context, stdin string, args ...string) error {
	cmd := exec.CommandContext(ctx, r.Binary, args...) //nolint:gosec // The program that the demo is of.
	cmd.Env, cmd.Stdin, cmd.Stderr = r.environ(), strings.NewReader(stdin), &r.terminal
	// What it prints is for the person, and nobody reads it here.
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args[:2], " "), err, r.terminal.String())
	}
	return nil
}

var approveCommand = regexp.MustCompile(`tftsr approvals approve ([0-9a-f-]{36})`)

// approved calls a tool that writes outside. Nothing happens until a person has
// approved it, which is part of what is shown.
func approved(ctx context.Context, r *run, tool string, args map[string]any) (map[string]any, error) {
	_, err := call[map[string]any](ctx, r.host, tool, args)
	if err == nil {
		return nil, fmt.Errorf("%s: it wrote to a service that nobody had approved", tool)
	}
	m := approveCommand.FindStringSubmatch(err.Error())
	if m == nil {
		return nil, err
	}
	if err := r.person(ctx, "", "approvals", "approve", m[1]); err != nil {
		return nil, err
	}
	args["approval_id"] = m[1]
	return call[map[string]any](ctx, r.host, tool, args)
}

// fileOutside files what was found with every service.
func (r *run) fileOutside(ctx context.Context) error {
	var done []string
	for _, s := range r.stations {
		before := len(s.got.Bytes())
		args := map[string]any{"issue_id": r.issue}
		for name, v := range s.Args {
			if text, ok := v.(string); ok {
				v = strings.NewReplacer("$SUMMARY", r.summary(), "$DOCUMENT", r.document).Replace(text)
			}
			args[name] = v
		}
		if _, ok := s.Args["document_id"]; ok {
			delete(args, "issue_id")
		}
		out, err := approved(ctx, r, s.File, args)
		if err != nil {
			return err
		}
		said := s.Say
		for name, v := range out {
			said = strings.ReplaceAll(said, "$"+name, fmt.Sprint(v))
		}
		if strings.Contains(said, "$") {
			b, _ := json.Marshal(out)
			return fmt.Errorf("%s: its answer lacks something of %q: %s", s.File, s.Say, b)
		}
		if len(s.got.Bytes()) == before {
			return fmt.Errorf("%s: the stand-in was sent nothing", s.File)
		}
		done = append(done, said)
	}
	if len(done) > 0 {
		r.say("outside", "%s, each approved by a person", strings.Join(done, " and "))
	}
	return nil
}

// summary is what the tickets say: the roots that were found, and, as an agent
// may that has them from elsewhere, an original of each type that was planted.
// None may arrive.
func (r *run) summary() string {
	var b strings.Builder
	b.WriteString(r.incident.Summary + "\n\n")
	for _, w := range r.answers.Whys {
		if w.Root {
			fmt.Fprintf(&b, "Root cause: %s\n", w.Claim)
		}
	}
	seen := map[string]bool{}
	for _, p := range r.incident.Planted {
		if !seen[p.Type] {
			seen[p.Type] = true
			fmt.Fprintf(&b, "Seen with %s %s\n", p.Type, p.Value)
		}
	}
	return b.String()
}
