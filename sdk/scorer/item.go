package scorer

// Item is what a scorer sees of one item. Texts of the question are UTF-8; the answer
// may be any bytes.
type Item struct {
	// Prompt is what the miner was asked.
	Prompt string
	// Expected is the right answer or the reference.
	Expected string
	// Alternatives are further right answers or references.
	Alternatives []string
	// Data is what the question carries for its scorer.
	Data string
	// Tests is the program that goes with the question.
	Tests string
	// Answer is what the miner answered.
	Answer string
	// LatencyMS is how long the answer took, in milliseconds.
	LatencyMS uint32
	// Tokens of the answer.
	Tokens uint32
}

// References lists the right answers: the expected one, then the alternatives.
func (i *Item) References() []string { return append([]string{i.Expected}, i.Alternatives...) }

// Decode reads the input of a scorer. The error is [Malformed] when it is not of the
// ABI agora/1.
func Decode(input []byte) (Item, error) {
	r := reader{left: input}
	var i Item
	if r.number() != 1 {
		return i, Malformed
	}
	i.Prompt, i.Expected = r.text(), r.text()
	count := r.number()
	if uint64(count) > uint64(len(r.left)/4) {
		return i, Malformed
	}
	for range count {
		i.Alternatives = append(i.Alternatives, r.text())
	}
	i.Data, i.Tests, i.Answer = r.text(), r.text(), r.text()
	i.LatencyMS, i.Tokens = r.number(), r.number()
	if r.short || len(r.left) != 0 {
		return Item{}, Malformed
	}
	return i, nil
}

// DecodeSeed reads the input of a generator. The error is [Malformed] when it is not of
// the ABI agora/1.
func DecodeSeed(input []byte) (*Random, error) {
	r := reader{left: input}
	if r.number() != 1 || len(r.left) != 32 {
		return nil, Malformed
	}
	return NewRandom([32]byte(r.left)), nil
}

// reader reads little-endian numbers and texts with their lengths.
type reader struct {
	left  []byte
	short bool // something was missing
}

func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(len(r.left)) {
		r.short, r.left = true, nil
		return nil
	}
	taken := r.left[:n]
	r.left = r.left[n:]
	return taken
}

func (r *reader) number() uint32 {
	b := r.take(4)
	if b == nil {
		return 0
	}
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func (r *reader) text() string { return string(r.take(r.number())) }
