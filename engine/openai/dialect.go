package openai

import (
	"context"
	"fmt"
	"strings"

	"github.com/agora-network/agora/engine"
)

// Dialect names a kind of server, and so the way in which it gives log-probabilities
// of given tokens.
type Dialect string

// The dialects.
const (
	// Detect finds out which of the others it is.
	Detect Dialect = ""
	// Plain is any other server: completions and embeddings only.
	Plain Dialect = "plain"
	// VLLM scores by prompt_logprobs of /v1/completions.
	VLLM Dialect = "vllm"
	// SGLang scores by return_logprob of /generate.
	SGLang Dialect = "sglang"
	// LlamaCPP scores by one /completion per token with all candidates: its server
	// has nothing else. Bounded to MaxStepwiseTokens; meant for checks, not volume.
	LlamaCPP Dialect = "llamacpp"
	// Ollama does not score.
	Ollama Dialect = "ollama"
	// TensorRT scores by return_context_logits of trtllm-serve's /v1/completions;
	// the softmax is computed here.
	TensorRT Dialect = "tensorrt"
)

// score is how a dialect scores a sequence; request is valid.
type score func(e *Engine, ctx context.Context, request engine.LogprobRequest) (engine.Logprobs, error)

var scores = map[Dialect]score{
	VLLM:     (*Engine).scoreVLLM,
	SGLang:   (*Engine).scoreSGLang,
	LlamaCPP: (*Engine).scoreLlamaCPP,
	TensorRT: (*Engine).scoreTensorRT,
}

// Dialects lists the names that ParseDialect knows, besides "detect".
var Dialects = []Dialect{Plain, VLLM, SGLang, LlamaCPP, Ollama, TensorRT}

// ParseDialect reads a dialect's name; "" and "detect" mean Detect.
func ParseDialect(name string) (Dialect, error) {
	if name == "" || name == "detect" {
		return Detect, nil
	}
	known := make([]string, len(Dialects))
	for i, dialect := range Dialects {
		if name == string(dialect) {
			return dialect, nil
		}
		known[i] = string(dialect)
	}
	return "", fmt.Errorf("openai: dialect %q is not known; use detect, %s", name, strings.Join(known, ", "))
}
