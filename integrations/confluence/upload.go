package confluence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
)

// boundary separates the parts of a form (RFC 2046, section 5.1.1). It is
// always the same, so that the same file gives the same bytes to approve.
const boundary = "tftsr-part-of-a-form"

// Upload is the body that attaches a picture in SVG: a form with one file.
func Upload(name, svg string) (string, error) {
	if strings.Contains(svg, "--"+boundary) {
		return "", errors.New("the picture holds the mark that ends it")
	}
	return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"minorEdit\"\r\n\r\ntrue\r\n" +
		"--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: image/svg+xml\r\n\r\n" + svg +
		"\r\n--" + boundary + "--\r\n", nil
}

// Digest names what was written of a page, for [Mark].
func Digest(storage string) string {
	sum := sha256.Sum256([]byte(storage))
	return hex.EncodeToString(sum[:8])
}
