package digest

import "testing"

func TestWordsGiveAMessageAwayThatHasNoLevel(t *testing.T) {
	for text, want := range map[string]Level{
		"Failed password for root":                   LevelError,
		"connect() failed (111: Connection refused)": LevelError,
		"java.net.SocketTimeoutException: Read":      LevelError,
		"IOException while reading":                  LevelError,
		"kernel panic - not syncing":                 LevelFatal,
		"Out of memory: Killed process 12":           LevelFatal,
		"pool is exhausted, cannot connect":          LevelError,
		"request timed out":                          LevelWarning,
		"warning: disk is almost full":               LevelWarning,
		"0 errors, 0 warnings":                       LevelNone,
		"finished without error":                     LevelNone,
		"no error":                                   LevelNone,
		"errors=0 retries=0":                         LevelNone,
		"errors=3":                                   LevelError,
		"Command line: quiet panic=1 timeout=30":     LevelNone,
		"status installed libgpg-error0:amd64":       LevelNone,
		"opened /var/log/error.log":                  LevelNone,
		"served terror and panicle":                  LevelNone,
		"error: none":                                LevelNone,
		"Traceback (most recent call last):":         LevelError,
		"all is well":                                LevelNone,
		"Access denied for user":                     LevelError,
		"write error: No space left on device":       LevelError,
		"error_reporting is on":                      LevelNone,
		"certificate expired":                        LevelWarning,
		"error":                                      LevelError,
	} {
		if got := levelOfText([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestALevelIsOfWhatStaysNotOfWhatVaries(t *testing.T) {
	var text string
	for _, name := range []string{"alpha", "bravo", "failure", "delta", "error", "foxtrot", "golf", "hotel"} {
		text += "2024-01-02 10:00:00 host package " + name + " is installed here\n"
	}
	r := mine(Options{}, text)
	rep := r.Report(0, ReportOptions{})
	if len(rep.Templates) != 1 || rep.Templates[0].Level != "" || len(rep.Levels) != 0 {
		t.Errorf("%+v", rep)
	}
}
