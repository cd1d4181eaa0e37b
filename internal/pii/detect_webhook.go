package pii

import "bytes"

// webhookPaths begin URLs that are credentials as a whole: whoever has one may post. The vendors' documents on incoming
// webhooks are the sources. A host name that begins with a dot has a tenant's name before it.
var webhookPaths = []string{
	"hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/", "hooks.slack-gov.com/services/",
	"discord.com/api/webhooks/", "discordapp.com/api/webhooks/",
	"outlook.office.com/webhook/", "outlook.office365.com/webhook/", ".webhook.office.com/webhookb2/",
	"hooks.zapier.com/hooks/catch/", "maker.ifttt.com/trigger/", "open.feishu.cn/open-apis/bot/v2/hook/",
	"open.larksuite.com/open-apis/bot/v2/hook/", "events.pagerduty.com/integration/", "api.opsgenie.com/v1/json/",
	"hook.eu1.make.com/", "hook.eu2.make.com/", "hook.us1.make.com/", "hook.us2.make.com/", "hook.integromat.com/",
	"alert.victorops.com/integrations/generic/",
}

// webhookWords are the words that webhookPaths begin with.
func webhookWords() []string {
	words := make([]string, len(webhookPaths))
	for i, p := range webhookPaths {
		if p[0] == '.' {
			p = p[1:]
		}
		words[i] = p
	}
	return words
}

// webhook is called where one of webhookPaths begins. The whole URL is covered.
func (e *engine) webhook(i int) {
	b := e.b
	start := i
	if i > 0 && b[i-1] == '.' { // A tenant, or a channel of releases such as "ptb".
		start = runBack(b, i, i-80, chHost)
	}
	for _, scheme := range [...]string{"https://", "http://", `https:\/\/`} {
		if start >= len(scheme) && hasPrefixFold(b[start-len(scheme):], scheme) {
			start -= len(scheme)
			break
		}
	}
	path := i + bytes.IndexByte(b[i:], '/')
	end := path
	for end < len(b) && end < i+512 {
		c := b[end]
		if is(c, chURL) || c == '/' || c == '@' || c == '+' || c == '=' || c == '~' || c == '.' && end+1 < len(b) && is(b[end+1], chURL) ||
			c == '\\' && end+1 < len(b) && b[end+1] == '/' {
			end++
			continue
		}
		break
	}
	for end > path && (b[end-1] == '/' || b[end-1] == '.') {
		end--
	}
	rest := b[path:end]
	if k := bytes.LastIndexByte(rest, '/'); k >= 0 { // The last part is the secret one.
		rest = rest[k+1:]
	}
	if end-path < 32 || len(rest) < 8 || !mixed(rest) || dull(rest) {
		return
	}
	e.add(start, end, ApiKey, ruleURLPath, Reason{Bits: ReasonStructure | ReasonPrefix}, 92)
}

// telegramPath is called at "api.telegram.org/bot": the token of a bot stands in the path.
func (e *engine) telegramPath(i int) {
	b := e.b
	at := i + len("api.telegram.org/bot")
	end := run(b, at, at+64, chURL)
	if end < len(b) && b[end] == ':' {
		end = run(b, end+1, at+64, chURL)
	}
	if end-at >= 20 {
		e.add(at, end, ApiKey, ruleURLPath, Reason{Bits: ReasonStructure | ReasonPrefix}, 92)
	}
}
