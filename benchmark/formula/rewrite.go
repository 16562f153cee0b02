package formula

import (
	"fmt"
	"math/big"
	"strconv"

	"go.starlark.net/syntax"
)

// Bounds of a program's text beyond its length.
const (
	// maxDepth bounds how deep the syntax tree is; the compiler is recursive.
	maxDepth = 500
	// maxBound bounds the names that a function binds.
	maxBound = 200
	// freeSlots is how many variables and operands of a function's frame are part of
	// the constant that a call costs.
	freeSlots = 32
)

// rewriter puts the guards into a syntax tree. The names of guards begin with a
// dollar sign, which no program can write.
type rewriter struct {
	dialect dialect
	err     error
	depth   int
	// nodes counts expressions; widest is the most that one statement of the function
	// at hand has, and bound the names that it binds.
	nodes, widest, bound int
	// temporaries counts the names made here.
	temporaries int
	// seen is where each name first appears.
	seen map[string]position
}

func (r *rewriter) fail(pos syntax.Position, format string, arguments ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s: %s", ErrCompile, at(pos), bounded(fmt.Sprintf(format, arguments...)))
	}
}

// enter notes one more level of the tree and says whether there is room for it.
func (r *rewriter) enter(n syntax.Node) bool {
	r.depth++
	if r.depth > maxDepth {
		r.fail(syntax.Start(leftmost(n)), "it is nested deeper than %d", maxDepth)
	}
	return r.err == nil
}

// leftmost descends without recursion to where a deep node begins: asking the node
// itself would recurse.
func leftmost(n syntax.Node) syntax.Node {
	for {
		switch x := n.(type) {
		case *syntax.BinaryExpr:
			n = x.X
		case *syntax.CallExpr:
			n = x.Fn
		case *syntax.IndexExpr:
			n = x.X
		case *syntax.SliceExpr:
			n = x.X
		case *syntax.DotExpr:
			n = x.X
		case *syntax.CondExpr:
			n = x.True
		case *syntax.ExprStmt:
			n = x.X
		case *syntax.AssignStmt:
			n = x.LHS
		case *syntax.TupleExpr:
			if x.Lparen.IsValid() || len(x.List) == 0 {
				return n
			}
			n = x.List[0]
		case *syntax.IfStmt:
			return &syntax.Ident{NamePos: x.If}
		case *syntax.DefStmt:
			return &syntax.Ident{NamePos: x.Def}
		case *syntax.ForStmt:
			return &syntax.Ident{NamePos: x.For}
		case *syntax.WhileStmt:
			return &syntax.Ident{NamePos: x.While}
		case *syntax.LambdaExpr:
			return &syntax.Ident{NamePos: x.Lambda}
		case *syntax.UnaryExpr:
			return &syntax.Ident{NamePos: x.OpPos}
		case *syntax.ParenExpr:
			return &syntax.Ident{NamePos: x.Lparen}
		default:
			return n
		}
	}
}

func (r *rewriter) leave() { r.depth-- }

// guard is a call of a guard.
func guard(name string, pos syntax.Position, arguments ...syntax.Expr) *syntax.CallExpr {
	return &syntax.CallExpr{Fn: &syntax.Ident{NamePos: pos, Name: name}, Lparen: pos, Args: arguments, Rparen: pos}
}

func none(pos syntax.Position) syntax.Expr { return &syntax.Ident{NamePos: pos, Name: "$none"} }

func text(pos syntax.Position, s string) syntax.Expr {
	return &syntax.Literal{Token: syntax.STRING, TokenPos: pos, Raw: strconv.Quote(s), Value: s}
}

// block rewrites statements; one may become several.
func (r *rewriter) block(statements []syntax.Stmt) []syntax.Stmt {
	out := make([]syntax.Stmt, 0, len(statements)+1)
	for _, statement := range statements {
		if !r.enter(statement) {
			return nil
		}
		out = r.statement(out, statement)
		r.leave()
		if r.err != nil {
			return nil
		}
	}
	return out
}

func (r *rewriter) statement(out []syntax.Stmt, statement syntax.Stmt) []syntax.Stmt {
	switch s := statement.(type) {
	case *syntax.ExprStmt:
		s.X = r.whole(s.X)
	case *syntax.BranchStmt:
	case *syntax.IfStmt:
		s.Cond = r.whole(s.Cond)
		s.True = r.block(s.True)
		if len(s.False) > 0 {
			s.False = r.block(s.False)
		}
	case *syntax.AssignStmt:
		before := r.nodes
		out = r.assign(out, s)
		r.widest = max(r.widest, r.nodes-before)
		return out
	case *syntax.DefStmt:
		r.bind(s.Name)
		outer := r.function()
		s.Params = r.params(s.Params)
		body := r.block(s.Body)
		s.Body = append([]syntax.Stmt{&syntax.ExprStmt{X: r.entry(s.Def)}}, body...)
		outer()
	case *syntax.ForStmt:
		s.Vars = r.loopVariables(s.Vars)
		s.X = guard("$iter", s.For, r.whole(s.X))
		s.Body = r.block(s.Body)
	case *syntax.WhileStmt:
		s.Cond = r.whole(s.Cond)
		s.Body = r.block(s.Body)
	case *syntax.ReturnStmt:
		if s.Result != nil {
			s.Result = r.whole(s.Result)
		}
	default:
		r.fail(syntax.Start(s), "load is not part of the language")
	}
	return append(out, statement)
}

// function begins a function's own counts; what it returns ends them.
func (r *rewriter) function() func() {
	widest, bound, nodes := r.widest, r.bound, r.nodes
	r.widest, r.bound = 0, 0
	return func() { r.widest, r.bound, r.nodes = widest, bound, nodes }
}

// entry is the call at the beginning of a function that charges its frame and bounds
// the depth of calls.
func (r *rewriter) entry(pos syntax.Position) syntax.Expr {
	if r.bound > maxBound {
		r.fail(pos, "a function binds %d names, at most %d are allowed", r.bound, maxBound)
	}
	slots := int64(max(0, r.bound+r.widest-freeSlots))
	return guard("$enter", pos, &syntax.Literal{Token: syntax.INT, TokenPos: pos, Raw: strconv.FormatInt(slots, 10), Value: slots})
}

func (r *rewriter) bind(name *syntax.Ident) {
	r.bound++
	r.see(name)
}

func (r *rewriter) see(name *syntax.Ident) {
	if _, ok := r.seen[name.Name]; !ok {
		r.seen[name.Name] = at(name.NamePos)
	}
}

// params rewrites the defaults of parameters.
func (r *rewriter) params(params []syntax.Expr) []syntax.Expr {
	for _, param := range params {
		switch p := param.(type) {
		case *syntax.Ident:
			r.bind(p)
		case *syntax.BinaryExpr:
			r.bind(p.X.(*syntax.Ident)) // by the grammar
			p.Y = r.expr(p.Y)
		case *syntax.UnaryExpr:
			if name, ok := p.X.(*syntax.Ident); ok {
				r.bind(name)
			}
		}
	}
	return params
}

// loopVariables allows names and lists of names.
func (r *rewriter) loopVariables(vars syntax.Expr) syntax.Expr {
	if !r.enter(vars) {
		return vars
	}
	defer r.leave()
	switch v := vars.(type) {
	case *syntax.Ident:
		r.bind(v)
	case *syntax.ParenExpr:
		v.X = r.loopVariables(v.X)
	case *syntax.TupleExpr:
		for i := range v.List {
			v.List[i] = r.loopVariables(v.List[i])
		}
	case *syntax.ListExpr:
		for i := range v.List {
			v.List[i] = r.loopVariables(v.List[i])
		}
	default:
		r.fail(syntax.Start(leftmost(vars)), "a loop assigns to names only")
	}
	return vars
}

// augmented are the operators that assign, by the operator that they apply.
var augmented = map[syntax.Token]syntax.Token{
	syntax.PLUS_EQ: syntax.PLUS, syntax.MINUS_EQ: syntax.MINUS, syntax.STAR_EQ: syntax.STAR, syntax.SLASH_EQ: syntax.SLASH,
	syntax.SLASHSLASH_EQ: syntax.SLASHSLASH, syntax.PERCENT_EQ: syntax.PERCENT, syntax.AMP_EQ: syntax.AMP, syntax.PIPE_EQ: syntax.PIPE,
	syntax.CIRCUMFLEX_EQ: syntax.CIRCUMFLEX, syntax.LTLT_EQ: syntax.LTLT, syntax.GTGT_EQ: syntax.GTGT,
}

func unparen(x syntax.Expr) syntax.Expr {
	for {
		p, ok := x.(*syntax.ParenExpr)
		if !ok {
			return x
		}
		x = p.X
	}
}

// assign rewrites an assignment. The order of evaluation stays: the right side, then
// the targets from the left.
func (r *rewriter) assign(out []syntax.Stmt, s *syntax.AssignStmt) []syntax.Stmt {
	target := unparen(s.LHS)
	if s.Op != syntax.EQ {
		operator := augmented[s.Op]
		switch lhs := target.(type) {
		case *syntax.Ident:
			r.bind(lhs)
			right := r.expr(s.RHS)
			if constantTime(operator, lhs, right) && r.allowed(operator, s.OpPos) {
				s.LHS, s.RHS = lhs, right
				return append(out, s)
			}
			r.allowed(operator, s.OpPos)
			read := &syntax.Ident{NamePos: lhs.NamePos, Name: lhs.Name}
			return append(out, &syntax.AssignStmt{OpPos: s.OpPos, Op: syntax.EQ, LHS: lhs, RHS: guard("$"+operator.String()+"=", s.OpPos, read, right)})
		case *syntax.IndexExpr:
			r.allowed(operator, s.OpPos)
			return r.augmentElement(out, s, lhs, operator)
		}
		r.fail(s.OpPos, "%s assigns to a name or to an element", s.Op)
		return out
	}
	right := r.expr(s.RHS)
	switch lhs := target.(type) {
	case *syntax.Ident:
		r.bind(lhs)
		s.LHS, s.RHS = lhs, right
		return append(out, s)
	case *syntax.IndexExpr:
		return append(out, &syntax.ExprStmt{X: guard("$[]=", lhs.Lbrack, right, r.expr(lhs.X), r.expr(lhs.Y))})
	case *syntax.TupleExpr, *syntax.ListExpr:
		var later []syntax.Stmt
		s.LHS = r.targets(lhs, &later)
		s.RHS = guard("$iter", s.OpPos, right)
		return append(append(out, s), later...)
	}
	r.fail(s.OpPos, "an assignment is to names and elements; attributes cannot be assigned")
	return out
}

// augmentElement rewrites x[i] op= y. Both languages read x[i] before they compute y,
// which may change it; where y is a name or a literal that makes no difference.
func (r *rewriter) augmentElement(out []syntax.Stmt, s *syntax.AssignStmt, element *syntax.IndexExpr, operator syntax.Token) []syntax.Stmt {
	x, i, y := r.expr(element.X), r.expr(element.Y), r.expr(s.RHS)
	switch y.(type) {
	case *syntax.Ident, *syntax.Literal:
		return append(out, &syntax.ExprStmt{X: guard("$[]"+operator.String()+"=", s.OpPos, x, i, y)})
	}
	xName, iName := r.temporary(), r.temporary()
	name := func(name string) *syntax.Ident { return &syntax.Ident{NamePos: s.OpPos, Name: name} }
	old := guard("$[]", element.Lbrack, name(xName), name(iName))
	return append(
		out,
		&syntax.AssignStmt{OpPos: s.OpPos, Op: syntax.EQ, LHS: name(xName), RHS: x},
		&syntax.AssignStmt{OpPos: s.OpPos, Op: syntax.EQ, LHS: name(iName), RHS: i},
		&syntax.ExprStmt{X: guard("$[]=", s.OpPos, guard("$"+operator.String()+"=", s.OpPos, old, y), name(xName), name(iName))},
	)
}

// temporary is a name that no program can write.
func (r *rewriter) temporary() string {
	r.temporaries++
	r.bound++
	return "$" + strconv.Itoa(r.temporaries)
}

// targets replaces the elements among several targets by names; the elements are
// assigned from the names afterwards.
func (r *rewriter) targets(x syntax.Expr, later *[]syntax.Stmt) syntax.Expr {
	if !r.enter(x) {
		return x
	}
	defer r.leave()
	switch x := unparen(x).(type) {
	case *syntax.Ident:
		r.bind(x)
		return x
	case *syntax.TupleExpr:
		for i := range x.List {
			x.List[i] = r.targets(x.List[i], later)
		}
		return x
	case *syntax.ListExpr:
		for i := range x.List {
			x.List[i] = r.targets(x.List[i], later)
		}
		return x
	case *syntax.IndexExpr:
		name := r.temporary()
		read := &syntax.Ident{NamePos: x.Lbrack, Name: name}
		*later = append(*later, &syntax.ExprStmt{X: guard("$[]=", x.Lbrack, read, r.expr(x.X), r.expr(x.Y))})
		return &syntax.Ident{NamePos: x.Lbrack, Name: name}
	}
	r.fail(syntax.Start(leftmost(x)), "an assignment is to names and elements; attributes cannot be assigned")
	return x
}

// whole rewrites an expression that is a statement's own and notes how large it is.
func (r *rewriter) whole(x syntax.Expr) syntax.Expr {
	before := r.nodes
	x = r.expr(x)
	r.widest = max(r.widest, r.nodes-before)
	return x
}

// expr rewrites an expression.
func (r *rewriter) expr(x syntax.Expr) syntax.Expr {
	if !r.enter(x) {
		return x
	}
	defer r.leave()
	r.nodes++
	switch x := x.(type) {
	case *syntax.Ident:
		r.see(x)
		return x
	case *syntax.Literal:
		r.literal(x)
		return x
	case *syntax.ParenExpr:
		return r.expr(x.X)
	case *syntax.ListExpr:
		r.exprs(x.List)
		return x
	case *syntax.TupleExpr:
		r.exprs(x.List)
		return x
	case *syntax.DictExpr:
		if len(x.List) == 0 {
			return x
		}
		pairs := make([]syntax.Expr, 0, 2*len(x.List))
		for _, entry := range x.List {
			pair := entry.(*syntax.DictEntry) // by the grammar
			pairs = append(pairs, r.expr(pair.Key), r.expr(pair.Value))
		}
		return guard("${}", x.Lbrace, &syntax.ListExpr{Lbrack: x.Lbrace, List: pairs, Rbrack: x.Rbrace})
	case *syntax.Comprehension:
		return r.comprehension(x)
	case *syntax.CondExpr:
		x.Cond, x.True, x.False = r.expr(x.Cond), r.expr(x.True), r.expr(x.False)
		return x
	case *syntax.IndexExpr:
		return guard("$[]", x.Lbrack, r.expr(x.X), r.expr(x.Y))
	case *syntax.SliceExpr:
		bounds := []syntax.Expr{r.expr(x.X), none(x.Lbrack), none(x.Lbrack), none(x.Lbrack)}
		for i, bound := range []syntax.Expr{x.Lo, x.Hi, x.Step} {
			if bound != nil {
				bounds[i+1] = r.expr(bound)
			}
		}
		return guard("$[:]", x.Lbrack, bounds...)
	case *syntax.DotExpr:
		return guard("$.", x.Dot, r.expr(x.X), text(x.Dot, x.Name.Name))
	case *syntax.CallExpr:
		return r.call(x)
	case *syntax.LambdaExpr:
		return r.lambda(x)
	case *syntax.UnaryExpr:
		x.X = r.expr(x.X)
		return x
	case *syntax.BinaryExpr:
		return r.binary(x)
	}
	r.fail(syntax.Start(leftmost(x)), "it is not part of the language")
	return x
}

func (r *rewriter) exprs(list []syntax.Expr) {
	for i := range list {
		list[i] = r.expr(list[i])
	}
}

func (r *rewriter) literal(x *syntax.Literal) {
	switch value := x.Value.(type) {
	case *big.Int:
		if value.BitLen() > MaxIntBits {
			r.fail(x.TokenPos, "an integer has %d bits, at most %d are allowed", value.BitLen(), MaxIntBits)
		}
	case float64:
		if !r.dialect.floats {
			r.fail(x.TokenPos, "a scorer has no floating-point numbers: scores are integers in units of 1e-9")
		}
	}
	if x.Token == syntax.BYTES {
		r.fail(x.TokenPos, "there are no bytes in the language, only strings")
	}
}

func (r *rewriter) comprehension(x *syntax.Comprehension) syntax.Expr {
	for _, clause := range x.Clauses {
		switch c := clause.(type) {
		case *syntax.ForClause:
			c.Vars = r.loopVariables(c.Vars)
			c.X = guard("$iter", c.For, r.expr(c.X))
		case *syntax.IfClause:
			c.Cond = r.expr(c.Cond)
		}
	}
	pair, ok := x.Body.(*syntax.DictEntry)
	if !ok {
		x.Body = r.expr(x.Body)
		return x
	}
	x.Curly = false
	x.Body = &syntax.TupleExpr{Lparen: pair.Colon, List: []syntax.Expr{r.expr(pair.Key), r.expr(pair.Value)}, Rparen: pair.Colon}
	return guard("${for}", x.Lbrack, x)
}

func (r *rewriter) lambda(x *syntax.LambdaExpr) syntax.Expr {
	outer := r.function()
	x.Params = r.params(x.Params)
	start := r.nodes
	body := r.expr(x.Body)
	r.widest = r.nodes - start
	x.Body = &syntax.CondExpr{If: x.Lambda, Cond: r.entry(x.Lambda), True: body, ElsePos: x.Lambda, False: none(x.Lambda)}
	outer()
	return x
}

// call rewrites a call; that of a method becomes one of the method's guard with the
// receiver as first argument.
func (r *rewriter) call(x *syntax.CallExpr) syntax.Expr {
	dot, isMethod := unparen(x.Fn).(*syntax.DotExpr)
	if isMethod && methods[dot.Name.Name] != nil {
		receiver := r.expr(dot.X)
		x.Fn = &syntax.Ident{NamePos: dot.Dot, Name: "$." + dot.Name.Name}
		r.arguments(x.Args)
		x.Args = append([]syntax.Expr{receiver}, x.Args...)
		return x
	}
	x.Fn = r.expr(x.Fn)
	r.arguments(x.Args)
	return x
}

func (r *rewriter) arguments(list []syntax.Expr) {
	for i, argument := range list {
		switch a := argument.(type) {
		case *syntax.UnaryExpr:
			switch a.Op {
			case syntax.STAR:
				a.X = guard("$spread", a.OpPos, r.expr(a.X))
				continue
			case syntax.STARSTAR:
				a.X = guard("$spread_named", a.OpPos, r.expr(a.X))
				continue
			}
		case *syntax.BinaryExpr:
			if a.Op == syntax.EQ {
				a.Y = r.expr(a.Y)
				continue
			}
		}
		list[i] = r.expr(argument)
	}
}

func (r *rewriter) binary(x *syntax.BinaryExpr) syntax.Expr {
	x.X, x.Y = r.expr(x.X), r.expr(x.Y)
	if x.Op == syntax.AND || x.Op == syntax.OR || !r.allowed(x.Op, x.OpPos) || constantTime(x.Op, x.X, x.Y) {
		return x
	}
	return guard("$"+x.Op.String(), x.OpPos, x.X, x.Y)
}

// allowed refuses the division that makes floats where there are none.
func (r *rewriter) allowed(operator syntax.Token, pos syntax.Position) bool {
	if operator == syntax.SLASH && !r.dialect.floats {
		r.fail(pos, "a scorer has no floating-point numbers: divide integers with //")
	}
	return r.err == nil
}

// constantTime reports whether an operator costs a constant whatever the operand
// that is not known: addition, subtraction, floor division and bits with a literal
// integer, and comparison with a literal. Integers are bounded, so a sum that grows
// by a literal cannot outgrow the bound by more than the steps.
func constantTime(operator syntax.Token, x, y syntax.Expr) bool {
	switch operator {
	case syntax.PLUS, syntax.MINUS, syntax.SLASHSLASH, syntax.AMP, syntax.GTGT:
		return smallLiteral(x) || smallLiteral(y)
	case syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE:
		return smallLiteral(x) || smallLiteral(y) || shortLiteral(x) || shortLiteral(y)
	}
	return false
}

func smallLiteral(x syntax.Expr) bool {
	literal, ok := x.(*syntax.Literal)
	if !ok {
		return false
	}
	_, ok = literal.Value.(int64)
	return ok
}

func shortLiteral(x syntax.Expr) bool {
	literal, ok := x.(*syntax.Literal)
	if !ok {
		return false
	}
	s, ok := literal.Value.(string)
	return ok && len(s) <= 64
}
