// Package openai runs requests on an upstream server that speaks the OpenAI HTTP
// API: vLLM, SGLang, llama.cpp, Ollama, TensorRT-LLM or a hosted one.
//
// Completions and embeddings are the same everywhere. Log-probabilities of given
// tokens are not part of that API; each server has its own way, or none. Which
// server it is, its Dialect, is configured or detected.
//
// The upstream is not trusted. Every header, line, event, body and completion is
// bounded, a deadline always applies to the whole and to each event, redirects are
// not followed, proxies from the environment are not used, an error that comes
// after HTTP 200 is found, an answer that ends without saying why counts as none,
// and a model that changes under the same name is refused. A server that is asked
// for log-probabilities and silently leaves them out is caught by counting.
//
// Only questions that cost nothing, GET requests, are sent again after a failure. A
// completion never is, since the caller knows whether it still wants one, with one
// exception: a kept connection that turns out to be dead before the first byte of an
// answer is replaced.
package openai
