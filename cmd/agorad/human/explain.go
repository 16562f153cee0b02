package human

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/spf13/cobra"

	errorsmod "cosmossdk.io/errors"

	"github.com/agora-network/agora/internal/paramspec"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Kinds of explanations.
const (
	kindTerm      = "term"
	kindParameter = "parameter"
	kindError     = "error"
)

// explanation says what a word, a parameter or an error means.
type explanation struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Code of an error: codespace/number.
	Code    string   `json:"code,omitempty"`
	Aliases []string `json:"aliases,omitempty"`
	Message string   `json:"message"`
	// Remediation of an error.
	Remediation string `json:"remediation,omitempty"`
	Of          string `json:"of,omitempty"`
	Default     uint64 `json:"default,omitempty,string"`
	Min         uint64 `json:"min,omitempty,string"`
	Max         uint64 `json:"max,omitempty,string"`
	Unit        string `json:"unit,omitempty"`
	// Who may change a parameter, and what a change does beside its meaning.
	Who         string   `json:"who,omitempty"`
	SideEffects string   `json:"side_effects,omitempty"`
	See         []string `json:"see,omitempty"`
}

func (p *program) explainCommand() *cobra.Command {
	return withJSON(&cobra.Command{
		Use:   "explain [TERM | PARAMETER | ERROR]",
		Short: "Explain a word of the field, a parameter, or an error and what to do about it",
		Long: `Explain says what a word means here, what a parameter does and may be, and what an error wants of you.

An error is found by its name (ErrSubnetNotFound), its code (subnet/2, or 2 in all modules), or any text
that contains its message. Without an argument, everything that is explained is listed.`,
		Example:     "  agorad explain tempo\n  agorad explain burn price\n  agorad explain subnet/20 --json",
		Args:        cobra.ArbitraryArgs,
		Annotations: p.NeedsNoHome,
		RunE:        p.answering(explain),
	})
}

func explain(r *request) (view, error) {
	wanted := strings.TrimSpace(strings.Join(r.args, " "))
	if wanted == "" {
		return index(everything()), nil
	}
	if found := lookUp(wanted); len(found) > 0 {
		return explanations(found), nil
	}
	advice := "agorad explain lists everything"
	if near := suggestions(wanted); len(near) > 0 {
		advice = "did you mean " + strings.Join(near, ", ") + "? " + advice
	}
	return nil, notFound(advice, "nothing is explained under %q", clean(wanted, 80))
}

// everything that is explained: terms, then parameters, then errors.
func everything() []explanation {
	return slices.Concat(glossary, parameters(), registeredErrors())
}

// parameters come from the tables by which the chain validates them.
func parameters() []explanation {
	return slices.Concat(
		parametersOf("every subnet: agorad subnet params 1", subnettypes.SubnetParamSpecs),
		parametersOf("x/subnet, set by governance: agorad query subnet module-params", subnettypes.ModuleParamSpecs),
		parametersOf("x/rewards, set by governance: agorad query rewards params", rewardstypes.ParamSpecs),
	)
}

func parametersOf[P any](of string, specs []paramspec.Spec[P]) []explanation {
	all := make([]explanation, len(specs))
	for i, spec := range specs {
		all[i] = explanation{
			Kind: kindParameter, Name: spec.Name, Message: spec.Meaning, Of: of,
			Default: spec.Default, Min: spec.Min, Max: spec.Max, Unit: spec.Unit, Who: string(spec.Who), SideEffects: spec.SideEffects,
		}
	}
	return all
}

// unknownDescription is what the registry answers for a code that nobody registered.
const unknownDescription = "unknown"

// lastCode bounds the search for registered errors.
const lastCode = 1_000

// registeredErrors come from the registry of the modules' errors; each description is its message, a
// colon and what to do.
var registeredErrors = sync.OnceValue(func() []explanation {
	var all []explanation
	for _, codespace := range []string{subnettypes.ModuleName, rewardstypes.ModuleName} {
		for code := uint32(2); code <= lastCode; code++ { // 1 is the SDK's, for errors without a code
			var own *errorsmod.Error
			if !asRegistered(errorsmod.ABCIError(codespace, code, ""), &own) {
				continue
			}
			message, remediation, _ := strings.Cut(own.Error(), ": ")
			id := fmt.Sprintf("%s/%d", codespace, code)
			all = append(all, explanation{
				Kind: kindError, Name: errorNames[id], Code: id, Message: message, Remediation: remediation,
			})
		}
	}
	return all
})

func asRegistered(err error, own **errorsmod.Error) bool {
	for err != nil {
		if found, ok := err.(*errorsmod.Error); ok { //nolint:errorlint // the innermost error itself is wanted
			*own = found
			return found.Error() != unknownDescription
		}
		wrapped, ok := err.(interface{ Unwrap() error }) //nolint:errorlint // this is the unwrapping
		if !ok {
			return false
		}
		err = wrapped.Unwrap()
	}
	return false
}

// fold makes spellings equal: burn-price, Burn price and burn_price.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// names under which an explanation is found, folded.
func (e explanation) names() []string {
	names := []string{fold(e.Name)}
	for _, alias := range e.Aliases {
		names = append(names, fold(alias))
	}
	if e.Kind == kindError {
		_, number, _ := strings.Cut(e.Code, "/")
		names = append(names, fold(e.Code), number, strings.Replace(fold(e.Code), "/", "", 1), strings.TrimPrefix(fold(e.Name), "err"))
	}
	return names
}

func lookUp(wanted string) []explanation {
	folded := fold(wanted)
	var exact, quoted []explanation
	for _, e := range everything() {
		switch {
		case slices.Contains(e.names(), folded):
			exact = append(exact, e)
		case e.Kind == kindError && strings.Contains(strings.ToLower(wanted), strings.ToLower(e.Message)):
			quoted = append(quoted, e)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return quoted
}

const (
	mostSuggestions = 4
	// longestWord bounds what is compared letter by letter.
	longestWord = 64
)

// suggestions are the names closest to what was asked for.
func suggestions(wanted string) []string {
	folded := fold(wanted)
	if utf8.RuneCountInString(folded) > longestWord {
		return nil
	}
	type near struct {
		name     string
		distance int
	}
	var found []near
	for _, e := range everything() {
		best := -1
		for _, name := range e.names() {
			d := distance(folded, name)
			if len(folded) >= 3 && strings.Contains(name, folded) {
				d = 1
			}
			if d <= max(2, len(name)/4) && len(name) > 2 && (best < 0 || d < best) {
				best = d
			}
		}
		if best >= 0 {
			found = append(found, near{e.Name, best})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, n := range found {
		if len(names) < mostSuggestions && !slices.Contains(names, n.name) {
			names = append(names, n.name)
		}
	}
	return names
}

// distance is how many letters have to be put in, taken out or changed to turn a into b.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, other := range to {
			change := diagonal
			if r != other {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

type explanations []explanation

func (all explanations) text(w io.Writer) {
	for i, e := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		switch e.Kind {
		case kindError:
			fmt.Fprintf(w, "%s, error %s\n  %s.\n  What to do: %s.\n", e.Name, e.Code, e.Message, e.Remediation)
		case kindParameter:
			fmt.Fprintf(w, "%s, parameter of %s\n  %s.\n  Range %s to %s %s, default %s.\n",
				e.Name, e.Of, e.Message, grouped(e.Min), grouped(e.Max), e.Unit, grouped(e.Default))
			if e.SideEffects != "" {
				fmt.Fprintf(w, "  A change: %s.\n", e.SideEffects)
			}
		default:
			fmt.Fprintf(w, "%s\n", strings.Join(append([]string{e.Name}, e.Aliases...), ", "))
			for _, line := range wrapped(e.Message, 96) {
				fmt.Fprintf(w, "  %s\n", line)
			}
			if len(e.See) > 0 {
				fmt.Fprintf(w, "  See: %s\n", strings.Join(e.See, ", "))
			}
		}
	}
}

// index lists what is explained.
type index []explanation

func (all index) text(w io.Writer) {
	for _, kind := range []string{kindTerm, kindParameter, kindError} {
		t := newTable(w, words, strings.ToUpper(kind), "")
		for _, e := range all {
			switch {
			case e.Kind != kind:
			case kind == kindError:
				t.row(e.Code, e.Name+": "+e.Message)
			case kind == kindParameter:
				t.row(e.Name, e.Message)
			default:
				t.row(e.Name, strings.Join(e.Aliases, ", "))
			}
		}
		t.flush()
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "agorad explain NAME tells more.")
}

// wrapped breaks a text into lines of at most width characters.
func wrapped(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
