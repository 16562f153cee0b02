package metric

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Keywords of all drafts by what they hold.
var (
	// holdSchema hold one schema.
	holdSchema = []string{
		"additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
		"propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
	}
	// holdList hold a list of schemas.
	holdList = []string{"allOf", "anyOf", "items", "oneOf", "prefixItems"}
	// holdNamed hold schemas by name.
	holdNamed = []string{"dependencies", "dependentSchemas", "patternProperties", "properties"}
	// holdDefinitions hold schemas by name that count only where they are referred to.
	holdDefinitions = []string{"$defs", "definitions"}
	// refused keywords find their target by names or by what happens at the time.
	refused = []string{"$dynamicRef", "$recursiveRef"}
)

// schemaChecker holds a schema to the rules of [CompileSchema].
type schemaChecker struct {
	draft4  bool
	schemas map[string]any        // all places of schemas, by JSON pointer
	costs   map[string]schemaCost // of the places that are done
	open    map[string]bool       // places whose cost is being computed
}

// checkSchema checks a schema and returns what it can cost. It drops the name that the
// document gives itself.
func checkSchema(document any) (schemaCost, error) {
	c := schemaChecker{schemas: map[string]any{}, costs: map[string]schemaCost{}, open: map[string]bool{}}
	if root, ok := document.(map[string]any); ok {
		draft, _ := root["$schema"].(string)
		c.draft4 = strings.Contains(draft, "draft-04")
		delete(root, "$id")
		if c.draft4 {
			delete(root, "id")
		}
	}
	if err := c.collect("", document); err != nil {
		return schemaCost{}, err
	}
	cost, err := c.cost("")
	if err != nil {
		return schemaCost{}, err
	}
	if cost.parts > MaxSchemaParts {
		return schemaCost{}, fmt.Errorf("with its references replaced by what they refer to it has more than %d parts", MaxSchemaParts)
	}
	return cost, nil
}

// collect notes all places where schemas stand.
func (c *schemaChecker) collect(pointer string, schema any) error {
	c.schemas[pointer] = schema
	object, ok := schema.(map[string]any)
	if !ok {
		return nil // true, false, or something that the compiler refuses
	}
	for _, keyword := range refused {
		if _, ok := object[keyword]; ok {
			return fmt.Errorf("%s at %s is refused: use $ref", keyword, place(pointer))
		}
	}
	if _, ok := object["$id"].(string); ok {
		return fmt.Errorf("$id at %s is refused: a schema is one document", place(pointer))
	}
	if _, ok := object["id"].(string); ok && c.draft4 {
		return fmt.Errorf("id at %s is refused: a schema is one document", place(pointer))
	}
	for _, child := range children(pointer, object, slices.Concat(holdNamed, holdDefinitions)) {
		if err := c.collect(child.pointer, child.schema); err != nil {
			return err
		}
	}
	return nil
}

// placed is a schema and where it stands.
type placed struct {
	pointer string
	schema  any
}

// children lists the schemas that stand in a schema, in an order that does not depend
// on a map's, so that the first error is always the same.
func children(pointer string, object map[string]any, named []string) []placed {
	var out []placed
	for _, keyword := range holdSchema {
		if schema, ok := object[keyword]; ok && isSchema(schema) {
			out = append(out, placed{pointer + "/" + keyword, schema})
		}
	}
	for _, keyword := range holdList {
		list, _ := object[keyword].([]any)
		for i, schema := range list {
			out = append(out, placed{pointer + "/" + keyword + "/" + strconv.Itoa(i), schema})
		}
	}
	for _, keyword := range named {
		members, _ := object[keyword].(map[string]any)
		for _, name := range sortedNames(members) {
			if isSchema(members[name]) { // dependencies may also list names
				out = append(out, placed{pointer + "/" + keyword + "/" + escapePointer(name), members[name]})
			}
		}
	}
	return out
}

func isSchema(value any) bool {
	switch value.(type) {
	case bool, map[string]any:
		return true
	}
	return false
}

func sortedNames(members map[string]any) []string {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// cost returns what the schema at a place can cost with its references followed. A
// place is computed once, however often it is referred to.
func (c *schemaChecker) cost(pointer string) (schemaCost, error) {
	if cost, ok := c.costs[pointer]; ok {
		return cost, nil
	}
	if c.open[pointer] {
		return schemaCost{}, fmt.Errorf("the schema at %s refers to itself", place(pointer))
	}
	c.open[pointer] = true
	defer delete(c.open, pointer)

	cost := schemaCost{parts: 1}
	object, _ := c.schemas[pointer].(map[string]any)
	for _, child := range children(pointer, object, holdNamed) {
		childCost, err := c.cost(child.pointer)
		if err != nil {
			return schemaCost{}, err
		}
		cost.add(childCost)
	}
	if reference, ok := object["$ref"].(string); ok {
		target, err := c.target(reference)
		if err != nil {
			return schemaCost{}, fmt.Errorf("$ref at %s: %w", place(pointer), err)
		}
		targetCost, err := c.cost(target)
		if err != nil {
			return schemaCost{}, err
		}
		cost.add(targetCost)
	}
	if cost.depth > MaxSchemaDepth {
		return schemaCost{}, fmt.Errorf("schemas stand deeper in one another than %d", MaxSchemaDepth)
	}
	own, err := ownCost(object)
	if err != nil {
		return schemaCost{}, fmt.Errorf("at %s: %w", place(pointer), err)
	}
	cost.parts += own.parts
	cost.steps += own.steps
	c.costs[pointer] = cost
	return cost, nil
}

// ownCost is what a schema costs beside the schemas in it: its listed values and its
// patterns.
func ownCost(object map[string]any) (schemaCost, error) {
	var cost schemaCost
	for _, keyword := range []string{"const", "enum", "required", "dependencies", "dependentRequired"} {
		cost.parts += countValues(object[keyword])
	}
	if object["format"] == "regex" {
		return schemaCost{}, errors.New("the format regex is refused: it compiles whatever an answer holds")
	}
	for _, keyword := range countKeywords {
		if number, ok := object[keyword].(json.Number); ok && !fitsCount(number) {
			return schemaCost{}, fmt.Errorf("%s of %s is beyond %d", keyword, shorten(string(number)), math.MaxInt32)
		}
	}
	patterns, _ := object["patternProperties"].(map[string]any)
	all := sortedNames(patterns)
	if pattern, ok := object["pattern"].(string); ok {
		all = append(all, pattern)
	}
	for _, pattern := range all {
		steps, err := patternSteps(pattern)
		if err != nil {
			return schemaCost{}, err
		}
		cost.steps += int64(steps)
	}
	return cost, nil
}

// countKeywords hold numbers that the compiler keeps as int, which is not the same on
// every platform.
var countKeywords = []string{
	"maxContains", "maxItems", "maxLength", "maxProperties", "minContains", "minItems", "minLength", "minProperties",
}

func fitsCount(number json.Number) bool {
	value, ok := new(big.Rat).SetString(string(number)) // readJSON has bounded its exponent
	return ok && value.Cmp(big.NewRat(math.MaxInt32, 1)) <= 0
}

// countValues counts the values in a value.
func countValues(value any) int64 {
	var count int64
	switch value := value.(type) {
	case map[string]any:
		for _, member := range value { // a sum: the order does not matter
			count += 1 + countValues(member)
		}
	case []any:
		for _, element := range value {
			count += 1 + countValues(element)
		}
	}
	return count
}

// target returns the place that a reference points to.
func (c *schemaChecker) target(reference string) (string, error) {
	fragment, ok := strings.CutPrefix(reference, "#")
	if !ok {
		return "", fmt.Errorf("%q is in another document, and none is ever loaded: point below #/$defs", shorten(reference))
	}
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		return "", fmt.Errorf("%q is not a reference", shorten(reference))
	}
	if pointer != "" && pointer[0] != '/' {
		return "", errors.New("names of anchors are refused: point below #/$defs")
	}
	if _, ok := c.schemas[pointer]; !ok {
		return "", fmt.Errorf("no schema stands at %q", shorten(reference))
	}
	return pointer, nil
}

func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// place names a JSON pointer in a message.
func place(pointer string) string {
	if pointer == "" {
		return "the top"
	}
	return strconv.Quote(shorten(pointer))
}
