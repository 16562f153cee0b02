package consensuslint

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// exceptionPrefix begins a comment that allows one finding of one rule.
const exceptionPrefix = "//consensus:allow"

// minReasonWords is how many words a reason needs; fewer cannot say why.
const minReasonWords = 3

// Exceptions checks that every //consensus:allow comment names a rule and gives a reason.
var Exceptions = &analysis.Analyzer{
	Name: "exceptions",
	Doc:  "check that each //consensus:allow comment names a rule and gives a reason",
	Run:  checkExceptions,
}

func checkExceptions(pass *analysis.Pass) (any, error) {
	// Built here, not in a variable: the rules refer to this analyzer's file, and Go forbids the cycle.
	var rules []string
	for _, a := range ruleAnalyzers() {
		rules = append(rules, a.Name)
	}
	for _, file := range consensusFiles(pass, false) {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				rule, reason, ok := parseException(comment.Text)
				switch {
				case !ok:
				case !slices.Contains(rules, rule):
					pass.ReportRangef(comment, "%s %q: no such rule; the rules are %s", exceptionPrefix, rule, strings.Join(rules, ", "))
				case len(strings.Fields(reason)) < minReasonWords:
					pass.ReportRangef(comment, "%s %s: say why it is harmless here, in %d words or more", exceptionPrefix, rule, minReasonWords)
				}
			}
		}
	}
	return nil, nil
}

// parseException splits "//consensus:allow rule reason…". It reports false for any other comment.
func parseException(text string) (rule, reason string, ok bool) {
	rest, found := strings.CutPrefix(text, exceptionPrefix)
	if !found || (rest != "" && rest[0] != ' ' && rest[0] != '\t') {
		return "", "", false
	}
	rule, reason, _ = strings.Cut(strings.TrimSpace(rest), " ")
	return rule, strings.TrimSpace(reason), true
}

// lines is an inclusive range of lines in one file.
type lines struct{ first, last int }

// exception is one well-formed comment for the rule at hand and the lines it covers.
type exception struct {
	comment *ast.Comment
	file    *token.File
	covers  []lines
	used    bool
}

// reporter reports the findings of one rule in one package, less the allowed ones. It reports at
// most one finding per line, since one expression often holds several offending parts.
type reporter struct {
	pass       *analysis.Pass
	exceptions []*exception
	reported   map[string]bool
}

func newReporter(pass *analysis.Pass, files []*ast.File) *reporter {
	r := &reporter{pass: pass, reported: make(map[string]bool)}
	for _, file := range files {
		r.collect(file)
	}
	return r
}

// collect finds the exceptions of one file that name the rule of this reporter.
func (r *reporter) collect(file *ast.File) {
	tokens := r.pass.Fset.File(file.Package)
	for _, group := range file.Comments {
		for _, comment := range group.List {
			rule, reason, ok := parseException(comment.Text)
			if !ok || rule != r.pass.Analyzer.Name || len(strings.Fields(reason)) < minReasonWords {
				continue // A malformed one allows nothing; Exceptions says so.
			}
			own, below := tokens.Line(comment.Pos()), tokens.Line(group.End())+1
			r.exceptions = append(r.exceptions, &exception{
				comment: comment,
				file:    tokens,
				covers:  coveredLines(tokens, file, own, below, group),
			})
		}
	}
}

// coveredLines extends the line of a comment and the line below its group to the whole statement,
// specification or field that begins there, and to the function whose doc comment the group is.
func coveredLines(tokens *token.File, file *ast.File, own, below int, group *ast.CommentGroup) []lines {
	covers := []lines{{own, own}, {below, below}}
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		end := n.End()
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Doc != group {
				return true
			}
		case *ast.IfStmt:
			end = n.Body.Pos()
		case *ast.ForStmt:
			end = n.Body.Pos()
		case *ast.RangeStmt:
			end = n.Body.Pos()
		case *ast.SwitchStmt:
			end = n.Body.Pos()
		case *ast.TypeSwitchStmt:
			end = n.Body.Pos()
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, *ast.LabeledStmt, *ast.SelectStmt:
			return true
		case ast.Stmt, ast.Spec, *ast.Field:
		default:
			return true
		}
		first := tokens.Line(n.Pos())
		if first == own || first == below {
			covers = append(covers, lines{first, tokens.Line(end)})
		}
		return true
	})
	return covers
}

// reportf reports a finding at the node unless an exception covers its line.
func (r *reporter) reportf(at ast.Node, format string, args ...any) {
	file := r.pass.Fset.File(at.Pos())
	line := file.Line(at.Pos())
	allowed := false
	for _, e := range r.exceptions {
		if e.file != file {
			continue
		}
		for _, c := range e.covers {
			if c.first <= line && line <= c.last {
				e.used, allowed = true, true
				break
			}
		}
	}
	key := fmt.Sprint(file.Name(), ":", line)
	if allowed || r.reported[key] {
		return
	}
	r.reported[key] = true
	r.pass.ReportRangef(at, "consensus code must not "+format, args...)
}

// finish reports the exceptions that allowed nothing.
func (r *reporter) finish() {
	for _, e := range r.exceptions {
		if !e.used {
			r.pass.ReportRangef(e.comment, "%s %s allows nothing here: remove it", exceptionPrefix, r.pass.Analyzer.Name)
		}
	}
}
