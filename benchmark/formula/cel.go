package formula

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// Bounds of a CEL formula.
const (
	// MaxCELBytes bounds the text of a formula, 8 KiB.
	MaxCELBytes = 8 << 10
	// MaxCost bounds what a formula may cost at worst, with all its texts as long as
	// they may be, and what a call did cost. A unit is about an operation, or ten bytes
	// of a text that are looked at.
	MaxCost = 2_000_000
	// MaxMetrics bounds the metrics that a formula may be given.
	MaxMetrics = 64

	maxCELDepth     = 250
	maxRegexProgram = 1000
)

// The names that every formula has.
const (
	namePrompt           = "prompt"
	nameExpected         = "expected"
	nameAnswer           = "answer"
	nameLatency          = "latency_ms"
	nameCompletionTokens = "completion_tokens"
	nameAnswerBytes      = "answer_bytes"
)

var (
	textNames = []string{namePrompt, nameExpected, nameAnswer}
	factNames = []string{nameLatency, nameCompletionTokens, nameAnswerBytes}
	// metricName is how a metric is called in a formula.
	metricName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	// taken are names that CEL keeps for itself.
	taken = []string{
		"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
		"package", "namespace", "return", "var", "void", "while", "int", "uint", "double", "bool", "string", "bytes", "list", "map",
		"null_type", "type", "min", "max", "clamp", "size", "matches",
	}
)

// celFunctions are the functions that a formula may call; whatever else the library
// has is refused by name.
var celFunctions = []string{
	operators.Conditional, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot,
	operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
	operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
	overloads.Size, overloads.Contains, overloads.StartsWith, overloads.EndsWith, overloads.Matches,
	"min", "max", "clamp",
}

// CEL is a compiled formula. It is immutable and many goroutines may use it.
type CEL struct {
	program cel.Program
	// metrics are those that the formula mentions, by their order in the call of
	// [CompileCEL].
	metrics []string
	cost    uint64
}

// CompileCEL compiles a formula over the named metrics (lower-case names as rouge_l).
// Errors wrap [ErrCompile], with line:column, or [ErrCost].
func CompileCEL(text string, metrics []string) (c *CEL, err error) {
	defer protect(&err)
	if len(text) > MaxCELBytes {
		return nil, fmt.Errorf("%w: 1:1: it has %d bytes, at most %d are allowed", ErrCompile, len(text), MaxCELBytes)
	}
	env, err := celEnvironment(metrics)
	if err != nil {
		return nil, err
	}
	compiled, issues := env.Compile(text)
	if issues != nil && issues.Err() != nil {
		return nil, celIssue(issues)
	}
	checked := compiled.NativeRep()
	if err := allowedCEL(checked); err != nil {
		return nil, err
	}
	if compiled.OutputType() != cel.IntType {
		return nil, fmt.Errorf("%w: 1:1: the formula is of type %s, a score is an int", ErrCompile, compiled.OutputType())
	}
	estimate, err := env.EstimateCost(compiled, textCosts{})
	if err != nil {
		return nil, fmt.Errorf("%w: 1:1: %w", ErrCompile, err)
	}
	if estimate.Max > MaxCost {
		return nil, fmt.Errorf("%w: at worst %d units, at most %d are allowed", ErrCost, estimate.Max, MaxCost)
	}
	program, err := env.Program(compiled, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(MaxCost), cel.CostTracking(textCosts{}))
	if err != nil {
		return nil, fmt.Errorf("%w: 1:1: %s", ErrCompile, bounded(err.Error()))
	}
	return &CEL{program: program, metrics: mentioned(checked, metrics), cost: estimate.Max}, nil
}

// Metrics lists the metrics that the formula mentions; a call may need fewer.
func (c *CEL) Metrics() []string { return slices.Clone(c.metrics) }

// WorstCost is what the formula costs at worst, at most [MaxCost].
func (c *CEL) WorstCost() uint64 { return c.cost }

// Score evaluates the formula: 0 to [ScoreOne]. Errors wrap [ErrRuntime], and the
// error of a metric that failed, [ErrResult] or [ErrCost].
func (c *CEL) Score(in Inputs) (int64, error) {
	if err := in.validate(ErrCost); err != nil {
		return 0, err
	}
	values := celInputs{in: &in, formula: c}
	result, _, err := c.program.Eval(&values)
	// The logic of CEL may do without an operand that failed; a score may not.
	if values.failed != nil {
		return 0, fmt.Errorf("%w: %w", ErrRuntime, values.failed)
	}
	if err != nil {
		var cancelled interpreter.EvalCancelledError
		if errors.As(err, &cancelled) {
			return 0, fmt.Errorf("%w: more than %d units", ErrCost, MaxCost)
		}
		return 0, fmt.Errorf("%w: %s", ErrRuntime, bounded(err.Error()))
	}
	score, ok := result.(types.Int)
	if !ok {
		return 0, fmt.Errorf("%w: it is of type %s", ErrResult, result.Type().TypeName())
	}
	if score < 0 || int64(score) > ScoreOne {
		return 0, fmt.Errorf("%w: it is %d, not 0 to %d", ErrResult, score, ScoreOne)
	}
	return int64(score), nil
}

// celEnvironment declares what a formula may name.
func celEnvironment(metrics []string) (*cel.Env, error) {
	if len(metrics) > MaxMetrics {
		return nil, fmt.Errorf("%w: 1:1: %d metrics are given, at most %d are allowed", ErrCompile, len(metrics), MaxMetrics)
	}
	options := []cel.EnvOption{
		cel.ClearMacros(),
		cel.CostModelVersion(1),
		cel.ParserRecursionLimit(maxCELDepth),
		cel.ParserExpressionSizeLimit(MaxCELBytes),
		cel.RegexProgramSizeLimit(maxRegexProgram),
		integerFunction("min", 2, func(v []int64) (int64, error) { return min(v[0], v[1]), nil }),
		integerFunction("max", 2, func(v []int64) (int64, error) { return max(v[0], v[1]), nil }),
		integerFunction("clamp", 3, func(v []int64) (int64, error) {
			if v[1] > v[2] {
				return 0, fmt.Errorf("clamp: the low end %d is above the high end %d", v[1], v[2])
			}
			return min(max(v[0], v[1]), v[2]), nil
		}),
	}
	for _, name := range textNames {
		options = append(options, cel.Variable(name, cel.StringType))
	}
	for _, name := range factNames {
		options = append(options, cel.Variable(name, cel.IntType))
	}
	for i, name := range metrics {
		switch {
		case !metricName.MatchString(name):
			return nil, fmt.Errorf("%w: 1:1: %q cannot name a metric: it takes lower-case letters, digits and _, at most 64", ErrCompile, bounded(name))
		case slices.Contains(textNames, name), slices.Contains(factNames, name), slices.Contains(taken, name), slices.Contains(metrics[:i], name):
			return nil, fmt.Errorf("%w: 1:1: the name %q of a metric is taken", ErrCompile, name)
		}
		options = append(options, cel.Variable(name, cel.IntType))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("%w: 1:1: %w", ErrCompile, err)
	}
	return env, nil
}

// integerFunction declares a function of integers.
func integerFunction(name string, parameters int, apply func([]int64) (int64, error)) cel.EnvOption {
	kinds := slices.Repeat([]*cel.Type{cel.IntType}, parameters)
	return cel.Function(name, cel.Overload(name+strings.Repeat("_int", parameters), kinds, cel.IntType,
		cel.FunctionBinding(func(args ...ref.Val) ref.Val {
			values := make([]int64, len(args))
			for i, arg := range args {
				value, ok := arg.(types.Int)
				if !ok {
					return types.MaybeNoSuchOverloadErr(arg)
				}
				values[i] = int64(value)
			}
			result, err := apply(values)
			if err != nil {
				return types.WrapErr(err)
			}
			return types.Int(result)
		})))
}

// celIssue is the first thing that is wrong with a formula, by its place.
func celIssue(issues *cel.Issues) error {
	all := slices.Clone(issues.Errors())
	if len(all) == 0 {
		return fmt.Errorf("%w: 1:1: %s", ErrCompile, bounded(issues.Err().Error()))
	}
	slices.SortStableFunc(all, func(a, b *cel.Error) int {
		if a.Location.Line() != b.Location.Line() {
			return a.Location.Line() - b.Location.Line()
		}
		return a.Location.Column() - b.Location.Column()
	})
	first := all[0]
	return fmt.Errorf("%w: %d:%d: %s", ErrCompile, max(1, first.Location.Line()), max(1, first.Location.Column()+1), bounded(first.Message))
}

// allowedCEL holds the checked formula to the part of the language that is meant:
// literals, names and calls from the list, of type int, string or bool.
func allowedCEL(checked *ast.AST) error {
	var failed error
	refuse := func(e ast.Expr, format string, arguments ...any) {
		if failed == nil {
			where := checked.SourceInfo().GetStartLocation(e.ID())
			failed = fmt.Errorf("%w: %d:%d: %s", ErrCompile, max(1, where.Line()), max(1, where.Column()+1), bounded(fmt.Sprintf(format, arguments...)))
		}
	}
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch kind := checked.GetType(e.ID()); kind {
		case types.IntType, types.StringType, types.BoolType:
		default:
			refuse(e, "a value of type %s: a formula has int, string and bool only", kind)
			return
		}
		switch e.Kind() {
		case ast.LiteralKind, ast.IdentKind:
		case ast.CallKind:
			call := e.AsCall()
			if !slices.Contains(celFunctions, call.FunctionName()) {
				refuse(e, "the function %s is not part of the language", call.FunctionName())
				return
			}
			if call.FunctionName() == overloads.Matches {
				// As a method the pattern is the only argument, else the second.
				args := call.Args()
				pattern := args[len(args)-1]
				if pattern.Kind() != ast.LiteralKind {
					refuse(pattern, "the pattern of matches is not a literal")
				} else if _, err := regexp.Compile(fmt.Sprint(pattern.AsLiteral().Value())); err != nil {
					refuse(pattern, "the pattern of matches: %s", err)
				}
			}
		default:
			refuse(e, "it is not part of the language")
		}
	}))
	return failed
}

// mentioned lists the metrics in a formula.
func mentioned(checked *ast.AST, metrics []string) []string {
	used := make(map[string]bool)
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind {
			used[e.AsIdent()] = true
		}
	}))
	var out []string
	for _, name := range metrics {
		if used[name] {
			out = append(out, name)
		}
	}
	return out
}

// textCosts tells the estimate how long the texts may be, and the estimate and the
// account of a call what contains costs: CEL takes it for the product of both lengths,
// but the search that is used here passes over each of them a constant number of times.
type textCosts struct{}

var (
	_ cost.Estimator           = textCosts{}
	_ cost.ActualCostEstimator = textCosts{}
)

func (textCosts) EstimateSize(element cost.AstNode) *cost.SizeEstimate {
	if path := element.Path(); len(path) == 1 && slices.Contains(textNames, path[0]) {
		return &cost.SizeEstimate{Min: 0, Max: MaxTextBytes}
	}
	return nil
}

func (t textCosts) EstimateCallCost(function, _ string, target *cost.AstNode, args []cost.AstNode) *cost.CallEstimate {
	if function != overloads.Contains || target == nil || len(args) != 1 {
		return nil
	}
	return cost.NewCallEstimate(cost.Estimate{Min: 1, Max: 1 + (t.longest(*target)+t.longest(args[0]))/10}, nil)
}

// longest is how long a text may be.
func (t textCosts) longest(element cost.AstNode) uint64 {
	if size := element.ComputedSize(); size != nil {
		return min(size.Max, math.MaxInt64)
	}
	if size := t.EstimateSize(element); size != nil {
		return size.Max
	}
	return math.MaxInt64
}

func (textCosts) CallCost(function, _ string, args []ref.Val, _ ref.Val) *uint64 {
	if function != overloads.Contains {
		return nil
	}
	units := uint64(1)
	for _, arg := range args {
		if s, ok := arg.(types.String); ok {
			units += uint64(len(s)) / 10
		}
	}
	return &units
}

// celInputs gives a formula its variables; metrics are computed when they are come to.
type celInputs struct {
	in      *Inputs
	formula *CEL
	known   []knownMetric
	failed  error
}

type knownMetric struct {
	name  string
	value int64
}

var _ cel.Activation = (*celInputs)(nil)

// Parent is nil: there is nothing around a formula.
func (*celInputs) Parent() cel.Activation { return nil }

// ResolveName is the value of a variable.
func (v *celInputs) ResolveName(name string) (any, bool) {
	switch name {
	case namePrompt:
		return types.String(validText(v.in.Prompt)), true
	case nameExpected:
		return types.String(validText(v.in.Expected)), true
	case nameAnswer:
		return types.String(validText(v.in.Answer)), true
	case nameLatency:
		return types.Int(v.in.LatencyMS), true
	case nameCompletionTokens:
		return types.Int(v.in.CompletionTokens), true
	case nameAnswerBytes:
		return types.Int(len(v.in.Answer)), true
	}
	if !slices.Contains(v.formula.metrics, name) {
		return nil, false
	}
	for _, known := range v.known {
		if known.name == name {
			return types.Int(known.value), true
		}
	}
	value, err := v.in.metric(name)
	if err != nil {
		if v.failed == nil {
			v.failed = err
		}
		return types.WrapErr(err), true
	}
	v.known = append(v.known, knownMetric{name, value})
	return types.Int(value), true
}
