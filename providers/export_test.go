package providers

import "time"

// SetIdle sets how long a stream may be silent.
func (c *Client) SetIdle(d time.Duration) { c.idle = d }

// BaseURL is that of the provider.
func (c *Client) BaseURL() string { return c.provider.BaseURL }
