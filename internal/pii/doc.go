// Package pii finds sensitive values in text, puts pseudonyms in their place, and puts the values back.
//
// It is pure: it opens nothing, logs nothing and imports nothing of this module. It never changes the text it is given,
// never keeps a value of class secret (a [KnownSet] holds keyed fingerprints), and no error or finding of it
// quotes the text. It does not promise to find everything: secrets that nothing around them gives away are not found,
// nor are names and addresses that no field, idiom, list or form gives away.
//
// # Scanning
//
// A [Scanner] reports a [Finding] for each span of bytes that it takes for a value of a [Type]. Offsets are in bytes and
// half-open. Findings are in order and do not overlap: where detectors overlap, the union of their bytes is one finding,
// whose type is that of the higher rank: private keys, then credentials in URLs, tokens of known issuers, JWTs, other
// bearer tokens, passwords, personal data, addresses and hosts. A union longer than 64 KiB is reported as consecutive
// findings, and so is a single value longer than 16 KiB; a private key without an end is covered as far as the text
// looks like one.
//
// Text need not be UTF-8; NUL bytes, lines of any length and text without an end of line are all the same to it. The cost
// is linear in the length for any text. What is found does not depend on how a stream is cut into reads.
//
// # Spans
//
//   - Password, ApiKey and BearerToken cover the value, without its key name, its quotes or the scheme before it. A Cookie
//     header is covered from its first pair to its last, Set-Cookie from the value to the first attribute.
//   - UrlWithCredentials covers the user information of a URL, "user:password" or ":password", without the '@'. Scheme,
//     host and path stay; a host that is internal is a finding of its own.
//   - IPv4 and IPv6 do not cover a port or a prefix length, IPv6 covers a zone. PrivateKey covers a PEM block from its
//     first dash to its last.
//
// # What stays
//
// An engineer must still be able to read the log. These are not findings: loopback, unspecified, multicast, broadcast
// and reserved addresses, network masks, the ranges for documentation, the addresses of public DNS resolvers and of the
// metadata service of clouds; MAC addresses of broadcast and multicast; localhost and public host names in prose;
// versions, object identifiers, dates, hexadecimal dumps, UUIDs, hashes, container and block identifiers; and
// placeholders where a value was taken out (****, <redacted>, ${VAR}, null).
//
// # Tokens
//
// A [Token] such as [Email_3] stands for a value. An [Allocator] gives the same value the same token; another spelling of
// it gets a variant, [Email_3.2]. Labels tell private from public addresses. In text from outside ([ModeRaw]) what looks
// like a token is escaped with an '=' behind the bracket, so that [Restore] is exact: for values of other classes than
// secret, Restore(Redact(x)) is x, byte for byte. In an agent's text ([ModeAgent]) tokens refer to values, stay, and are
// never part of a finding. Redacted text is checked again with [ModeCleared].
//
// A [Redactor] does this for a stream. It writes no byte before the span that the byte may belong to is decided. Nothing
// is written after an error.
//
// # Adding a detector
//
// A type is a row of typeTable; a token of a vendor is a row of issuers and needs no code; a key name is a row of
// keyTable. Anything else is a file detect_x.go with a method of engine that is called for a trigger byte by symbol, for
// a word that begins like one of its words by a row of wordHooks, for a number by number, for a word with letters and
// digits by mixed, or for a capitalised word by capitalised. It may look lookBehind bytes back and lookAhead ahead, must
// do a bounded amount of work per byte, and reports with add.
package pii
