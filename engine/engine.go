package engine

import "context"

// Roles of a Message.
const (
	RoleSystem    = "system"
	RoleUser      = "user"
	RoleAssistant = "assistant"
)

// Message is one turn of a conversation.
type Message struct {
	Role    string
	Content string
}

// Request asks for one completion. Exactly one of Messages and Prompt is set.
type Request struct {
	// Messages is a conversation, to be laid out by the model's chat template.
	Messages []Message
	// Prompt is raw text to be continued.
	Prompt string
	// MaxTokens bounds the completion; 0 leaves it to the engine's default.
	MaxTokens int
	// Temperature is 0 for the likeliest token each time, at most MaxTemperature.
	Temperature float64
	// Seed fixes the random choices when Temperature is above 0.
	Seed uint64
	// Stop lists texts before which the completion ends. They are not emitted.
	Stop []string
	// Whole says that pieces are of no use before all are there. An engine may then
	// emit the text in one chunk; it need not.
	Whole bool
}

// Bounds that Request.Validate enforces.
const (
	MaxTemperature = 2.0
	MaxStops       = 8
	MaxStopBytes   = 256
	MaxMessages    = 1024
)

// Why a completion ended, in the words of the OpenAI API.
const (
	// FinishStop: the model ended by itself or met a stop text.
	FinishStop = "stop"
	// FinishLength: MaxTokens or the context were used up.
	FinishLength = "length"
)

// Usage counts tokens.
type Usage struct {
	PromptTokens     int
	CompletionTokens int
}

// Chunk is a piece of a completion. A completion is any number of chunks with
// text and then exactly one with Done, which also carries why it ended and how
// many tokens it took.
type Chunk struct {
	// Text is valid UTF-8; bytes that are not become U+FFFD.
	Text         string
	Done         bool
	FinishReason string
	Usage        Usage
}

// LogprobRequest names a sequence: exactly one of Text and Tokens is set.
type LogprobRequest struct {
	// Text is tokenised by the engine, with the model's begin token if it has one.
	Text string
	// Tokens is taken as it is.
	Tokens []int32
}

// Logprobs is the answer to a LogprobRequest.
type Logprobs struct {
	// Tokens is the sequence that was scored.
	Tokens []int32
	// Values has one entry per token: the natural logarithm of its probability
	// given all tokens before it, at most 0. Nothing precedes the first token;
	// its entry is 0.
	Values []float64
}

// Info describes what an engine runs. Unknown fields are zero.
type Info struct {
	// Driver is the name of the implementation, such as "native".
	Driver string
	// Model is the name under which the model is offered.
	Model string
	// Digest is the lower-case hex sha256 of the weights file.
	Digest string
	// Parameters is the number of trained numbers.
	Parameters int64
	// MaxContext is the largest number of tokens in prompt and completion.
	MaxContext int
	// Canonical says that the same request gives the same bits on every machine.
	Canonical bool
	// Logprobs says that Logprobs is supported.
	Logprobs bool
	// Embeddings says that Embed is supported.
	Embeddings bool
}

// Engine runs one model. All methods may be called from several goroutines.
type Engine interface {
	// Info never blocks and never fails.
	Info() Info
	// Generate calls emit, from the calling goroutine, for each chunk of the
	// completion. When emit fails the generation stops and that error is
	// returned. Errors before or between chunks are those named in this package
	// or the context's.
	Generate(ctx context.Context, request Request, emit func(Chunk) error) error
	// Logprobs scores given tokens, or returns ErrUnsupported.
	Logprobs(ctx context.Context, request LogprobRequest) (Logprobs, error)
	// Embed returns a vector of length 1 for each text, all of the same width, or
	// ErrUnsupported. Texts of like meaning point in like directions, as far as
	// the model goes.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
	// Close waits for running requests and frees the model. Later calls, except
	// Info and Close, return ErrClosed.
	Close() error
}
