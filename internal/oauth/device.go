package oauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// DeviceCode is what a person enters, and where (RFC 8628, section 3.2). Both
// are text from outside, of which only what can be shown is left.
type DeviceCode struct {
	Code    string // "WDJB-MJHT"
	Address string // https://…
	// Full is the address with the code in it; empty where there is none.
	Full    string
	Expires time.Duration
}

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

const (
	// deviceTime bounds a login by a code, however long the service would wait.
	deviceTime = 15 * time.Minute
	// pollEvery is the interval where the service names none, and slowDown what it
	// grows by when the service wants that (RFC 8628, sections 3.2 and 3.5).
	pollEvery = 5
	slowDown  = 5
	// maxPoll bounds the interval, in seconds.
	maxPoll = 60
)

// ErrExpired says that nobody entered the code of a device.
var ErrExpired = errors.New("nobody entered the code before it expired: start again")

// device logs in by a code (RFC 8628).
func (l *Login) device(ctx context.Context) (*oauth2.Token, error) {
	c := l.Source.Config
	if c.Endpoint.Device == "" {
		return nil, errors.New("the service has no login by a code")
	}
	form := url.Values{}
	if scope := c.scope(); scope != "" {
		form.Set("scope", scope)
	}
	a, err := c.post(ctx, c.Endpoint.Device, form)
	if err != nil {
		return nil, err
	}
	d, err := deviceCode(a)
	if err != nil {
		return nil, err
	}
	second := cmp.Or(l.second, time.Second)
	// The service's word on when a code ends counts; our own clock does not.
	ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(d.Expires.Seconds()*float64(second)), ErrExpired)
	defer cancel()
	if err := l.Code(ctx, d); err != nil {
		return nil, err
	}
	every := max(a.PollInterval.seconds(maxPoll*time.Second), time.Second)
	if a.PollInterval == "" {
		every = pollEvery * time.Second
	}
	for {
		if err := sleep(ctx, time.Duration(every.Seconds()*float64(second))); err != nil {
			return nil, err
		}
		t, err := c.token(ctx, l.Source.Now, url.Values{"grant_type": {deviceGrant}, "device_code": {a.DeviceCode}})
		var e *Error
		if err == nil || !errors.As(err, &e) {
			return t, err
		}
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case e.Code == "authorization_pending":
		case e.Code == "slow_down":
			every += slowDown * time.Second
		case e.Network, e.Code == fmt.Sprint("http_", http.StatusTooManyRequests), strings.HasPrefix(e.Code, "http_5"):
			every *= 2 // Section 3.5 wants exponential back-off here.
		case e.Code == "access_denied", e.Code == "authorization_declined": // The latter is Entra's word for it.
			return nil, ErrDenied
		case e.Code == "expired_token":
			return nil, ErrExpired
		default:
			return nil, e
		}
		every = min(every, maxPoll*time.Second)
	}
}

// deviceCode reads the answer of a device endpoint.
func deviceCode(a *answer) (DeviceCode, error) {
	d := DeviceCode{
		Code: clip(a.UserCode), Address: cmp.Or(a.Address, a.AddressOld), Full: a.FullAddress,
		Expires: a.ExpiresIn.seconds(deviceTime),
	}
	if !isToken(a.DeviceCode) || d.Code == "" || len(d.Code) > 40 || d.Expires == 0 {
		return d, &Error{Code: "no_code", Hint: hints["no_code"]}
	}
	for _, address := range []string{d.Address, d.Full} {
		if address == "" && address == d.Full {
			continue
		}
		if _, err := webAddress(address); err != nil || clip(address) != address {
			return d, &Error{Code: "no_code", Hint: "the address that the service names for its code is none"}
		}
	}
	return d, nil
}

// sleep waits, or returns why ctx ended.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
