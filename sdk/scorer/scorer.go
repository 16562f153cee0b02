package scorer

import "strconv"

// One is the best score, 1, in the units of 1e-9 in which scores are written.
const One = 1_000_000_000

// Abstain is why a module has no result: a number of its author, 1 to 1e9.
type Abstain uint32

// Malformed is the code with which a module abstains when its input is not of the ABI.
const Malformed Abstain = 1_000_000_000

// Failed is the code with which a module abstains for an error that is no Abstain.
const Failed Abstain = 999_999_999

func (a Abstain) Error() string { return "abstains with code " + strconv.FormatUint(uint64(a), 10) }

// Functions of the module.
var (
	registeredScore    func(*Item) (int64, error)
	registeredGenerate func(*Random) (Question, error)
)

// Register makes a function the module's scorer. It returns a score of 0 to [One] or an
// error, which is best an [Abstain].
func Register(score func(*Item) (int64, error)) { registeredScore = score }

// RegisterGenerator makes a function the module's generator.
func RegisterGenerator(generate func(*Random) (Question, error)) { registeredGenerate = generate }

// Score runs the registered scorer on an input as the sandbox writes it and returns what
// the ABI returns: a score, or the code of an abstention below zero.
func Score(input []byte) int64 {
	item, err := Decode(input)
	if err != nil || registeredScore == nil {
		return code(Malformed)
	}
	score, err := registeredScore(&item)
	if err != nil {
		return code(err)
	}
	return min(max(score, 0), One)
}

// Generate runs the registered generator on an input as the sandbox writes it and
// returns a question as JSON, or the code of an abstention below zero.
func Generate(input []byte) (output []byte, abstained int64) {
	random, err := DecodeSeed(input)
	if err != nil || registeredGenerate == nil {
		return nil, code(Malformed)
	}
	question, err := registeredGenerate(random)
	if err != nil {
		return nil, code(err)
	}
	return question.AppendJSON(nil), 0
}

func code(err error) int64 {
	abstain, ok := err.(Abstain) //nolint:errorlint // errors.As would bring in reflection, a third of a module
	if !ok || abstain == 0 {
		abstain = Failed
	}
	return -int64(min(abstain, Malformed))
}
