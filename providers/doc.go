// Package providers talks to AI models: one interface for a turn of a
// conversation, whoever answers it. Behind it stand the vendors' own
// libraries for OpenAI and what is compatible with it, and for Anthropic, and
// small clients for Ollama and for MSI GenAI.
//
// Text leaves only as a [gate.Cleared] for the provider's own destination,
// "ai:provider/<name>"; keys leave only in a header; nothing is taken from the
// environment. What a provider says is text from outside: it is not cleared
// here, and the words of its errors are in [Error.Reason] only. The package
// asks nobody.
package providers
