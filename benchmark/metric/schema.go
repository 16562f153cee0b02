package metric

import (
	"fmt"
	"math"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Limits of a JSON schema and of holding an answer against it.
const (
	// MaxSchemaBytes bounds the text of a schema, 64 KiB.
	MaxSchemaBytes = 64 << 10
	// MaxSchemaDepth bounds how deep schemas may stand in one another, references
	// followed.
	MaxSchemaDepth = 64
	// MaxSchemaParts bounds the schemas and listed values of a schema in which every
	// reference is replaced by what it refers to.
	MaxSchemaParts = 4096
	// MaxSchemaWork bounds the parts of the schema times the size of the answer, which is
	// the number of its values and names and one more for every 64 bytes.
	MaxSchemaWork = 1 << 19
	// MaxPatternWork bounds the steps of all patterns times the bytes of the answer.
	MaxPatternWork = 1 << 26
)

// schemaURL is the name of the one document that a schema may refer to. It is never
// opened.
const schemaURL = "agora:schema"

// Schema is a compiled JSON schema. It is immutable, and one Schema may score from many
// goroutines at once.
type Schema struct {
	compiled *jsonschema.Schema
	cost     schemaCost
}

// CompileSchema compiles a JSON schema of draft 4, 6, 7, 2019-09 or 2020-12, which is
// taken when "$schema" says nothing. Formats such as "date" are checked in every draft.
//
// So that a schema always means the same and always costs little, it stands alone: "$ref"
// may only point into the same document, as "#/..." to a place where a schema stands,
// and in no circle; nothing is ever loaded from a file or a network. Refused are also
// "$dynamicRef", "$recursiveRef", an "$id" within the document, the format "regex",
// patterns that are no regular expression of Go or take more than [MaxPatternSteps], and
// what exceeds the other limits. The error wraps [ErrSchema] and says where.
func CompileSchema(text string) (schema *Schema, err error) {
	defer func() { err = caught(recover(), err) }()
	if len(text) > MaxSchemaBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrSchema, len(text), MaxSchemaBytes)
	}
	document, err := readJSON(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSchema, err)
	}
	cost, err := checkSchema(document.value)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSchema, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	compiler.UseLoader(noLoader{})
	compiler.UseRegexpEngine(compilePattern)
	if err := compiler.AddResource(schemaURL, document.value); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSchema, err)
	}
	compiled, err := compiler.Compile(schemaURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSchema, err)
	}
	return &Schema{compiled: compiled, cost: cost}, nil
}

// Score gives [One] to an answer that is a JSON document which the schema allows, else 0.
// What is a document is said at [JSONFields]. The error wraps [ErrTooLong] or
// [ErrTooComplex]; it depends on the sizes of schema and answer only.
func (s *Schema) Score(answer string) (score int64, err error) {
	defer func() { err = caught(recover(), err) }()
	if err := checkAnswer(answer); err != nil {
		return 0, err
	}
	document, err := readJSON(answer)
	if err != nil {
		return 0, nil //nolint:nilerr // an answer that is no JSON document is a wrong answer
	}
	size := int64(document.nodes + len(answer)/64)
	if work := s.cost.parts * size; work > MaxSchemaWork {
		return 0, fmt.Errorf("%w: its size of %d times the schema's %d parts exceeds %d", ErrTooComplex, size, s.cost.parts, MaxSchemaWork)
	}
	if work := s.cost.steps * int64(len(answer)); work > MaxPatternWork {
		return 0, fmt.Errorf("%w: its %d bytes times the %d steps of the schema's patterns exceed %d", ErrTooComplex, len(answer), s.cost.steps, MaxPatternWork)
	}
	if s.compiled.Validate(document.value) != nil {
		return 0, nil
	}
	return One, nil
}

// caught turns a panic of the library into an error: whatever a stranger's schema finds
// in it must not stop a validator.
func caught(reason any, err error) error {
	if reason == nil {
		return err
	}
	return fmt.Errorf("%w: the validator of schemas failed: %v", ErrSchema, reason)
}

// noLoader refuses every document that is not in the schema itself.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%q is another document, and none is ever loaded", shorten(url))
}

// schemaCost is what holding one value against a schema can take.
type schemaCost struct {
	parts int64 // schemas and listed values
	steps int64 // instructions of patterns
	depth int
}

func (c *schemaCost) add(other schemaCost) {
	// Saturating: references may double the sum at every level.
	c.parts = min(c.parts+other.parts, math.MaxInt32)
	c.steps = min(c.steps+other.steps, math.MaxInt32)
	c.depth = max(c.depth, other.depth+1)
}
