// Package ollama manages the models of one Ollama server: what is there, what
// it says of itself, how a model is pulled and how one is deleted. Asking a
// model anything is not its business.
//
// What leaves is a method, a path and a [Name]: parsed, of letters, digits and
// a few marks, bound in length. No prose leaves. What comes back (licences,
// templates, system prompts, error texts) was written by strangers: it is text
// from outside that nobody has cleared, and the words of an error stand in
// [Error.Reason] only, which its reader clears. Nothing is sent twice: a pull
// or a deletion that got no answer is reported as that.
//
// The interface is that of Ollama 0.17 (docs.ollama.com/api; what it leaves
// open was read in server/routes.go and server/images.go of v0.17.4).
package ollama
