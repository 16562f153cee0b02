package generate

import "strconv"

// expression is a binary tree: a leaf, or an operator with two operands.
type expression struct {
	operator    byte // + - * of numbers, 0 in a leaf
	leaf        string
	left, right *expression
}

// expression draws a tree with a number of leaves, operators out of the given ones.
func (d *drawer) expression(leaves int, operators string, leaf func() string) *expression {
	if leaves == 1 {
		return &expression{leaf: leaf()}
	}
	left := d.count(1, leaves-1)
	operator := operators[d.below(len(operators))]
	return &expression{
		operator: operator,
		left:     d.expression(left, operators, leaf),
		right:    d.expression(leaves-left, operators, leaf),
	}
}

// value evaluates a tree of whole numbers; the caller bounds its size so that nothing
// overflows.
func (e *expression) value() int64 {
	switch e.operator {
	case '+':
		return e.left.value() + e.right.value()
	case '-':
		return e.left.value() - e.right.value()
	case '*':
		return e.left.value() * e.right.value()
	default:
		n, _ := strconv.ParseInt(e.leaf, 10, 64) // a leaf is drawn as a number
		return n
	}
}

func precedence(operator byte) int {
	switch operator {
	case 0:
		return 3
	case '*', '/':
		return 2
	default:
		return 1
	}
}

// infix writes the tree with as few brackets as it needs, operators of one precedence
// being taken from left to right.
func (e *expression) infix() string {
	if e.operator == 0 {
		return e.leaf
	}
	left, right := e.left.infix(), e.right.infix()
	if precedence(e.left.operator) < precedence(e.operator) {
		left = "(" + left + ")"
	}
	if precedence(e.right.operator) <= precedence(e.operator) {
		right = "(" + right + ")"
	}
	return left + " " + string(e.operator) + " " + right
}

// bracketed writes the tree with brackets around every operation.
func (e *expression) bracketed() string {
	if e.operator == 0 {
		return e.leaf
	}
	return "(" + e.left.bracketed() + " " + string(e.operator) + " " + e.right.bracketed() + ")"
}

// postfix writes the tree in reverse Polish notation.
func (e *expression) postfix() string {
	if e.operator == 0 {
		return e.leaf
	}
	return e.left.postfix() + " " + e.right.postfix() + " " + string(e.operator)
}

// prefix writes the tree in Polish notation.
func (e *expression) prefix() string {
	if e.operator == 0 {
		return e.leaf
	}
	return string(e.operator) + " " + e.left.prefix() + " " + e.right.prefix()
}
