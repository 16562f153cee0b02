package metric

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a number, so that reading one costs little whatever is written.
const (
	// MaxNumberBytes bounds the text of a number.
	MaxNumberBytes = 1024
	// MaxNumberExponent bounds the power of ten behind an "e", both ways.
	MaxNumberExponent = 400
)

// errNotNumber is wrapped by the errors of [ParseNumber].
var errNotNumber = errors.New("not a number")

// ParseNumber reads a number exactly. It is
//
//	[sign] decimal [exponent] ["/" decimal] ["%"]
//
//	-12.5e3   1,234,567.89   .5   5.   3/4   -2.5 / 10   50%
//
// with white space around it and around "/" and before "%". A sign is +, - or − (U+2212).
// Digits are those of ASCII. The whole part may have separators of thousands, all
// groups by the same one: a comma, an underscore, a no-break, narrow no-break or thin
// space; then every group but the first has three digits and the first does not begin
// with 0. The point is a point: "1,5" is not a number, since it is one and a half to
// some and a list to others. A percent sign divides by 100. Words, currencies, other
// units, hexadecimal numbers, infinities and mixed numbers such as "1 3/4" are refused,
// and so are a fraction with a denominator of 0 and numbers beyond [MaxNumberBytes] and
// [MaxNumberExponent].
func ParseNumber(text string) (*big.Rat, error) {
	text = trimSpace(text)
	number, length, ok := scanNumber(text)
	switch {
	case !ok:
		return nil, fmt.Errorf("%q is %w", shorten(text), errNotNumber)
	case length < len(text):
		return nil, fmt.Errorf("%q is %w: it goes on after %q", shorten(text), errNotNumber, shorten(text[:length]))
	}
	return number, nil
}

// LastNumber returns the last number of a text, by the grammar of [ParseNumber] and
// with two rules more: a number does not begin right behind a digit, an underscore, a
// point or a letter, and a sign counts only when none of these, a closing bracket or a
// percent sign stands right before it. So "2x = 10-3 = 7 kg." gives 7, "from 3 to -4"
// gives -4 and "1,2,3" gives 3. Letters of scripts without upper and lower case do not
// matter, since many of these set no spaces: "答案是42。" gives 42. Numbers that are
// refused, such as 1/0, are passed over. Linear.
func LastNumber(text string) (*big.Rat, bool) {
	number, _, _ := lastNumber(text)
	return number, number != nil
}

// LastNumberText returns what [LastNumber] finds as it stands in the text, empty when
// there is no number.
func LastNumberText(text string) string {
	_, start, end := lastNumber(text)
	return text[start:end]
}

func lastNumber(text string) (last *big.Rat, start, end int) {
	before := ' '
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if mayStartNumber(r, before) {
			number, length, ok := scanNumber(text[i:])
			if ok {
				last, start, end = number, i, i+length
			}
			if length > 0 {
				before, _ = utf8.DecodeLastRuneInString(text[i : i+length])
				i += length
				continue
			}
		}
		before = r
		i += size
	}
	return last, start, end
}

func mayStartNumber(r, before rune) bool {
	glued := isWord(before) && !unicode.Is(unicode.Lo, before)
	switch {
	case '0' <= r && r <= '9':
		return !glued && before != '.'
	case r == '.':
		return !glued && before != '.'
	case signOf(r) != 0:
		return !glued && !strings.ContainsRune(")]}%", before)
	}
	return false
}

// signOf is 1 or -1 for a sign, else 0.
func signOf(r rune) int {
	switch r {
	case '+':
		return 1
	case '-', '−':
		return -1
	}
	return 0
}

// scanNumber reads the number at the start of a text, as long as it goes. length is
// what was read; it may be above 0 for something in the form of a number that is none.
func scanNumber(text string) (number *big.Rat, length int, ok bool) {
	s := scanner{text: text}
	negative := false
	if r, size := utf8.DecodeRuneInString(text); signOf(r) != 0 {
		negative = signOf(r) < 0
		s.at = size
	}
	number, ok = s.decimal(true)
	if s.at > MaxNumberBytes {
		return nil, s.at, false
	}
	if number == nil {
		return nil, s.at, false
	}
	if ok {
		ok = s.fraction(number)
	}
	s.percent(number)
	if negative {
		number.Neg(number)
	}
	return number, s.at, ok
}

// scanner reads the parts of a number.
type scanner struct {
	text string
	at   int
}

// digits reads digits.
func (s *scanner) digits() string {
	start := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	return s.text[start:s.at]
}

// separators of thousands.
var separators = []string{",", "_", "\u00a0", "\u202f", "\u2009"}

// grouped reads the whole part of a number: digits that may be grouped by thousands.
func (s *scanner) grouped() string {
	whole := s.digits()
	if len(whole) == 0 || len(whole) > 3 || whole[0] == '0' {
		return whole
	}
	for _, separator := range separators {
		if !s.group(separator) {
			continue
		}
		var all strings.Builder
		all.WriteString(whole)
		for s.group(separator) {
			s.at += len(separator)
			all.WriteString(s.digits())
		}
		return all.String()
	}
	return whole
}

// group tells whether a separator and exactly three digits follow.
func (s *scanner) group(separator string) bool {
	rest, found := strings.CutPrefix(s.text[s.at:], separator)
	return found && len(rest) >= 3 && isDigit(rest[0]) && isDigit(rest[1]) && isDigit(rest[2]) &&
		(len(rest) == 3 || !isDigit(rest[3]))
}

// decimal reads an unsigned decimal number, with an exponent if it may have one. A nil
// number says that there is none; ok is false for one beyond the limits.
func (s *scanner) decimal(exponent bool) (number *big.Rat, ok bool) {
	start := s.at
	whole := s.grouped()
	fraction := ""
	if strings.HasPrefix(s.text[s.at:], ".") {
		s.at++
		if fraction = s.digits(); fraction == "" && whole == "" {
			s.at = start
			return nil, false
		}
	} else if whole == "" {
		return nil, false
	}
	power, inRange := 0, true
	if exponent {
		power, inRange = s.exponent()
	}
	if !inRange || len(whole)+len(fraction) > MaxNumberBytes {
		return new(big.Rat), false
	}
	mantissa, _ := new(big.Int).SetString("0"+whole+fraction, 10)
	return timesPowerOfTen(mantissa, power-len(fraction)), true
}

// exponent reads "e", a sign and digits when all that is needed of them is there.
func (s *scanner) exponent() (power int, inRange bool) {
	rest := s.text[s.at:]
	if rest == "" || rest[0] != 'e' && rest[0] != 'E' {
		return 0, true
	}
	ahead := scanner{text: rest, at: 1}
	sign := 1
	if r, size := utf8.DecodeRuneInString(rest[1:]); signOf(r) != 0 {
		sign = signOf(r)
		ahead.at += size
	}
	digits := ahead.digits()
	if digits == "" {
		return 0, true
	}
	s.at += ahead.at
	for _, digit := range []byte(digits) {
		if power = power*10 + int(digit-'0'); power > MaxNumberExponent {
			return 0, false
		}
	}
	return sign * power, true
}

// fraction divides a number by what follows a "/" when that is a decimal number. It
// returns false when that is 0 or beyond the limits.
func (s *scanner) fraction(number *big.Rat) bool {
	ahead := scanner{text: s.text, at: s.at}
	ahead.spaces()
	if !strings.HasPrefix(ahead.text[ahead.at:], "/") {
		return true
	}
	ahead.at++
	ahead.spaces()
	by, ok := ahead.decimal(false)
	if by == nil {
		return true
	}
	s.at = ahead.at
	if !ok || by.Sign() == 0 || s.at > MaxNumberBytes {
		return false
	}
	number.Quo(number, by)
	return true
}

// percent divides by 100 when a percent sign follows.
func (s *scanner) percent(number *big.Rat) {
	ahead := scanner{text: s.text, at: s.at}
	ahead.spaces()
	if strings.HasPrefix(ahead.text[ahead.at:], "%") {
		s.at = ahead.at + 1
		number.Quo(number, big.NewRat(100, 1))
	}
}

func (s *scanner) spaces() {
	for s.at < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		if !isSpace(r) {
			return
		}
		s.at += size
	}
}

// timesPowerOfTen returns mantissa*10^power, exactly.
func timesPowerOfTen(mantissa *big.Int, power int) *big.Rat {
	factor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(power, -power))), nil)
	if power >= 0 {
		return new(big.Rat).SetInt(mantissa.Mul(mantissa, factor))
	}
	return new(big.Rat).SetFrac(mantissa, factor)
}

// shorten cuts a text for a message.
func shorten(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
