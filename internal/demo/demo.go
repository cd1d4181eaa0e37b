// Package demo plays a whole triage of a recorded incident against the real
// program, started as a child exactly as a host starts it, and then looks for
// every planted original in everything that the child wrote. It is what `tftsr
// demo` runs and the end-to-end test of the three promises.
//
// It never touches the user's own data folder, keyring or configuration.
package demo

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tftsr/tftsr/testdata/incidents"
)

// Eras are the two generations of the protocol that hosts speak, by the
// revision that the demo pins for each.
var Eras = map[string]string{"legacy": "2025-11-25", "modern": "2026-07-28"}

// Options configures [Run]. Binary, Version and Out are required.
type Options struct {
	Binary   string    // the program to start
	Incident string    // name of a recorded incident; empty means the first
	Era      string    // "legacy" or "modern"; empty means both, one after the other
	Keep     bool      // leave the data folder and the exports behind
	Version  string    // of the program, for the client's name
	Out      io.Writer // what a person reads
	// Outside are stand-ins for services, in which the findings are filed at the
	// end; made anew for each era. Nil means that nothing is filed.
	Outside func() []Outside
	// Model is a stand-in for an AI provider, which is asked; made anew for each era.
	// Nil means that none is.
	Model func() Model
}

// ErrLeak is returned when a planted original was found where it must not be.
var ErrLeak = errors.New("a planted original left in the clear")

// Run plays the incident in the chosen eras. It returns [ErrLeak] when an
// original was found, and any other error when the triage itself failed.
func Run(ctx context.Context, o Options) error {
	name := o.Incident
	if name == "" {
		name = incidents.Names()[0]
	}
	incident, answers, files, err := incidents.Load(name)
	if err != nil {
		return err
	}
	eras := []string{"legacy", "modern"}
	if o.Era != "" {
		if Eras[o.Era] == "" {
			return fmt.Errorf("unknown era %q: use legacy or modern", o.Era)
		}
		eras = []string{o.Era}
	}
	for _, era := range eras {
		r := &run{Options: o, era: era, incident: incident, answers: answers, started: time.Now()}
		if o.Outside != nil {
			r.outside = o.Outside()
		}
		if err := r.play(ctx, files); err != nil {
			return err
		}
	}
	return nil
}

// run is one triage in one era.
type run struct {
	Options
	era      string
	incident incidents.Incident
	answers  incidents.Answers
	started  time.Time

	folder string // temporary: logs and data
	key    [32]byte
	host   *host

	outside  []Outside
	stations []*station
	model    *station // of the AI provider, or nil
	terminal buffer   // what the commands of the person said on stderr

	issue    string
	logs     map[string]string // file name to log id
	document string
	mute     error // why nothing more could be said
}

func (r *run) play(ctx context.Context, files fs.FS) (err error) {
	r.folder, err = os.MkdirTemp("", "tftsr-demo-")
	if err != nil {
		return err
	}
	if !r.Keep {
		defer func() { err = errors.Join(err, os.RemoveAll(r.folder)) }()
	}
	if _, err := rand.Read(r.key[:]); err != nil {
		return err
	}
	if err := r.unpack(files); err != nil {
		return err
	}
	r.head("%s  (%s, %s; protocol %s)", r.incident.Title, r.incident.Severity, r.incident.Domain, Eras[r.era])
	defer func() { err = errors.Join(err, r.leave()) }()
	if err := errors.Join(r.stand(ctx), r.hire(ctx)); err != nil {
		return err
	}
	r.host, err = startHost(ctx, r.Binary, r.environ(), []string{"stdio", "--allow-folder", r.logFolder()}, Eras[r.era], r.Version)
	if err != nil {
		return err
	}
	err = r.triage(ctx)
	if closeErr := r.host.close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("%w\nwhat the server said on stderr:\n%s", err, r.host.stderr.String())
	}
	if err := r.search(ctx); err != nil {
		return err
	}
	r.say("time", "%.1f s", time.Since(r.started).Seconds())
	if r.Keep {
		r.say("kept", "%s", r.folder)
	}
	return r.mute
}

func (r *run) logFolder() string  { return filepath.Join(r.folder, "logs") }
func (r *run) dataFolder() string { return filepath.Join(r.folder, "data") }

// environ is the whole environment of the child: a folder and a key of its
// own, and no configuration file.
func (r *run) environ() []string {
	return []string{
		"HOME=" + r.folder, "USERPROFILE=" + r.folder, "PATH=" + os.TempDir(),
		"TFTSR_CONFIG=none",
		"TFTSR_DATA_DIR=" + r.dataFolder(),
		"TFTSR_DB_KEY=" + base64.StdEncoding.EncodeToString(r.key[:]),
		"TFTSR_LIMITS_CALLS_PER_SECOND=1000", "TFTSR_LIMITS_BURST=1000",
	}
}

// unpack writes the recorded logs where a host would have them.
func (r *run) unpack(files fs.FS) error {
	if err := os.MkdirAll(r.logFolder(), 0o700); err != nil {
		return err
	}
	for _, l := range r.incident.Logs {
		b, err := fs.ReadFile(files, l.File)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(r.logFolder(), filepath.Base(l.File)), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) head(format string, args ...any) { r.print("\n"+format+"\n", args...) }

func (r *run) say(what, format string, args ...any) {
	r.print("  %-10s "+format+"\n", append([]any{what}, args...)...)
}

// print keeps the first error: nobody may take a demo for passed that could
// not say so.
func (r *run) print(format string, args ...any) {
	if _, err := fmt.Fprintf(r.Out, format, args...); err != nil && r.mute == nil {
		r.mute = err
	}
}

// Names lists the recorded incidents.
func Names() []string { return incidents.Names() }
