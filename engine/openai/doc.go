// Package openai runs requests on an upstream server that speaks the OpenAI HTTP
// API: vLLM, SGLang, llama.cpp, Ollama, TensorRT-LLM or a hosted one.
//
// The upstream is not trusted. Every body, event and completion is bounded, a
// deadline always applies, redirects are not followed, proxies from the
// environment are not used, an error that comes after HTTP 200 is found, and an
// answer that ends without saying why counts as none. A server that is asked for
// log-probabilities and silently leaves them out is caught by counting.
package openai
