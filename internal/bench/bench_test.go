package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/mod/sumdb/note"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store/sqlite"
	"github.com/tftsr/tftsr/tools"
)

// bareEnv makes the test binary serve the same tools on a bare server: the
// go-sdk, the handlers and the store, without the chain of the gate. It names
// the data folder.
const bareEnv = "TFTSR_TEST_BARE_SERVER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(bareEnv); dir != "" {
		if err := serveBare(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == relayedArg {
		if err := serveRelayed(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveBare(dir string) error {
	ctx := gate.WithCaller(context.Background(), gate.Caller{ID: "bench", Channel: gate.ChannelStdio})
	keys, err := secrets.NewKeys(sha256.Sum256([]byte("bench")), strings.Repeat("0", 32))
	if err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "tftsr.db"), Key: keys.DatabaseKey("main")})
	if err != nil {
		return err
	}
	origin, err := db.Origin(ctx)
	if err != nil {
		return err
	}
	skey, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return err
	}
	cfg := config.Default()
	cfg.DataDir = dir
	g, err := gate.New(ctx, gate.Options{Store: db, Keys: keys, Config: cfg, SignKey: skey, HeadFile: filepath.Join(dir, "audit.head")})
	if err != nil {
		return err
	}
	s := mcp.NewServer(&mcp.Implementation{Name: "bare", Version: "1"}, nil)
	s.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			return next(gate.WithCaller(ctx, gate.Caller{ID: "bench", Channel: gate.ChannelStdio}), method, req)
		}
	})
	deps := &tools.Deps{Gate: g, Store: db, Config: cfg, Now: time.Now}
	for _, t := range tools.All() {
		t.Register(s, deps)
	}
	return s.Run(ctx, &mcp.StdioTransport{})
}

// binary is the program under test, built once by the Makefile.
func binary(b *testing.B) string {
	b.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", "tftsr"))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		b.Fatal("bin/tftsr is missing: run `make build` first")
	}
	return path
}

// environ is the environment of a child with a data folder and a key of its
// own. The limits are out of the way: what is measured is the gate.
func environ(b *testing.B, dir string) []string {
	b.Helper()
	key := sha256.Sum256([]byte("bench"))
	return []string{
		"HOME=" + dir, "PATH=" + dir, "TFTSR_CONFIG=none", "TFTSR_DATA_DIR=" + filepath.Join(dir, "data"),
		"TFTSR_DB_KEY=" + base64.StdEncoding.EncodeToString(key[:]),
		"TFTSR_LIMITS_CALLS_PER_SECOND=1000000", "TFTSR_LIMITS_BURST=1000000", "TFTSR_LOG_LEVEL=error",
	}
}

const (
	initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`
	discover   = `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"}}}}`
)

// firstAnswer starts the server, sends one request and returns the time from
// the start to the answer.
func firstAnswer(b *testing.B, path string, env []string, request string) time.Duration {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), path, "stdio")
	cmd.Env = env
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	if _, err := io.WriteString(in, request+"\n"); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	took := time.Since(start)
	if err != nil || !strings.Contains(line, `"result"`) {
		b.Fatalf("answered %q, %v", line, err)
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	return took
}

func BenchmarkColdStart(b *testing.B) {
	path := binary(b)
	for name, request := range map[string]string{"initialize": initialize, "discover": discover} {
		b.Run(name, func(b *testing.B) {
			env := environ(b, b.TempDir())
			firstAnswer(b, path, env, request) // makes the database
			var times []time.Duration
			for range max(b.N, 31) {
				times = append(times, firstAnswer(b, path, env, request))
			}
			report(b, times)
		})
	}
}

func BenchmarkIdleMemory(b *testing.B) {
	dir := b.TempDir()
	session, cmd := connect(b, binary(b), []string{"stdio"}, environ(b, dir))
	if _, err := session.ListTools(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	b.ReportMetric(float64(procKB(b, cmd.Process.Pid, "VmRSS"))/1024, "MiB-RSS")
	b.ReportMetric(float64(procKB(b, cmd.Process.Pid, "RssAnon"))/1024, "MiB-anon")
	b.ReportMetric(0, "ns/op")
}

// procKB reads a figure of /proc/PID/status, in KiB (proc_pid_status(5)).
func procKB(b *testing.B, pid int, field string) int {
	b.Helper()
	if runtime.GOOS != "linux" {
		b.Skip("memory is read from /proc")
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	b.Fatalf("no %s in the status", field)
	return 0
}

// cpuTime is the processor time of a process so far (proc_pid_stat(5)), in
// ticks of 10 ms. Unlike the time of a call it hardly depends on what else runs.
func cpuTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
	var ticks int
	for _, f := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// reportCPU prints the processor time a call has taken since it was before.
func reportCPU(b *testing.B, pid int, before time.Duration, calls int, name string) {
	b.Helper()
	if spent := cpuTime(b, pid) - before; spent > 0 {
		b.ReportMetric(ms(spent)/float64(calls), name)
	}
}

// BenchmarkRedactGigabyte streams a gigabyte of recorded logs through
// `tftsr redact` and prints the speed and the peak memory of the process.
func BenchmarkRedactGigabyte(b *testing.B) {
	const size = 1 << 30
	logs := recordedLogs(b)
	cmd := exec.CommandContext(b.Context(), binary(b), "redact", "-")
	cmd.Env = []string{"HOME=" + b.TempDir(), "TFTSR_CONFIG=none"}
	cmd.Stdin = io.LimitReader(&repeat{text: logs}, size)
	cmd.Stdout = io.Discard
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(size/1e6/time.Since(start).Seconds(), "MB/s")
	b.ReportMetric(size/1e6/(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()).Seconds(), "MB/cpu-s")
	b.ReportMetric(peakMiB(cmd.ProcessState), "MiB-peak")
	b.ReportMetric(0, "ns/op")
}

// repeat reads one text over and over.
type repeat struct {
	text []byte
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

func recordedLogs(b *testing.B) []byte {
	b.Helper()
	var all bytes.Buffer
	for _, pattern := range []string{"*.log", "*.jsonl"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "incidents", "*", pattern))
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				b.Fatal(err)
			}
			all.Write(text)
		}
	}
	if all.Len() == 0 {
		b.Fatal("there are no recorded logs")
	}
	return all.Bytes()
}

// connect starts a server as a child and connects a host to it.
func connect(b *testing.B, path string, args, env []string) (*mcp.ClientSession, *exec.Cmd) {
	b.Helper()
	cmd := exec.Command(path, args...)
	cmd.Env = env
	cmd.Stderr = os.Stderr
	client := mcp.NewClient(&mcp.Implementation{Name: "bench", Version: "1"}, &mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}})
	session, err := client.Connect(b.Context(), &mcp.CommandTransport{Command: cmd}, &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { session.Close() })
	return session, cmd
}

// report prints the median and the range of times.
func report(b *testing.B, times []time.Duration) {
	b.Helper()
	slices.Sort(times)
	b.ReportMetric(ms(quantile(times, 0.5)), "ms-p50")
	b.ReportMetric(ms(times[0]), "ms-min")
	b.ReportMetric(ms(quantile(times, 0.95)), "ms-p95")
	b.ReportMetric(0, "ns/op")
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// quantile is the element at that share of a sorted list.
func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
