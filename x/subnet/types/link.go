package types

import "strings"

// link is an absolute http or https URL as the chain reads it. The chain has a reading of its own because
// that of net/url changes with the Go release and with an environment variable, and nodes must agree.
type link struct {
	user, query, fragment bool
}

// parseLink reads scheme://[user@]host[:port][/path][?query][#fragment], or returns what is wrong with it. A host
// is a name, an IPv4 address or a bracketed IPv6 address; a port is 1 to 65,535.
func parseLink(raw string) (link, string) {
	if len(raw) > MaxURLBytes {
		return link{}, "it is too long"
	}
	for i := range len(raw) {
		// Visible ASCII only, so that what is shown is what is dialled.
		if raw[i] <= ' ' || raw[i] > '~' {
			return link{}, "it holds a character other than visible ASCII"
		}
	}
	rest, ok := strings.CutPrefix(raw, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(raw, "http://"); !ok {
			return link{}, "it must begin with http:// or https://"
		}
	}
	var l link
	rest, _, l.fragment = strings.Cut(rest, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	l.query = hasQuery
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		l.user, authority = true, authority[at+1:]
	}
	if wrong := checkAuthority(authority); wrong != "" {
		return link{}, wrong
	}
	if !escapesAreWhole(path) || !escapesAreWhole(query) {
		return link{}, "it holds a broken escape"
	}
	return l, ""
}

// checkLink returns what keeps raw from being a link with neither user info nor fragment, or "".
func checkLink(raw string) string {
	l, wrong := parseLink(raw)
	if wrong == "" && (l.user || l.fragment) {
		return "user info and fragment do not belong there"
	}
	return wrong
}

// checkAuthority returns what is wrong with host[:port], or "".
func checkAuthority(authority string) string {
	var host, port string
	var hasPort, bracketed bool
	if inner, ok := strings.CutPrefix(authority, "["); ok {
		var closed bool
		host, port, closed = strings.Cut(inner, "]")
		bracketed = true
		if !closed {
			return "its IPv6 address lacks a closing bracket"
		}
		if port != "" {
			if port, hasPort = strings.CutPrefix(port, ":"); !hasPort {
				return "something other than a port follows its IPv6 address"
			}
		}
	} else {
		host, port, hasPort = strings.Cut(authority, ":")
	}
	if host == "" {
		return "it names no host"
	}
	for i := range len(host) {
		if !hostByte(host[i], bracketed) {
			return "its host holds a character that hosts do not have"
		}
	}
	if hasPort && !isPort(port) {
		return "its port is not a number from 1 to 65535"
	}
	return ""
}

// hostByte tells whether a host may hold c: letters, digits and .-_, or within brackets what IPv6 addresses are made of.
func hostByte(c byte, bracketed bool) bool {
	if bracketed {
		return isHex(c) || c == ':' || c == '.'
	}
	return isDigit(c) || ('a' <= c|0x20 && c|0x20 <= 'z') || c == '.' || c == '-' || c == '_'
}

func isPort(text string) bool {
	if text == "" || len(text) > 5 {
		return false
	}
	port := 0
	for i := range len(text) {
		if !isDigit(text[i]) {
			return false
		}
		port = port*10 + int(text[i]-'0')
	}
	return port >= 1 && port <= 65_535
}

// escapesAreWhole tells whether every % is followed by two hexadecimal digits.
func escapesAreWhole(text string) bool {
	for i := range len(text) {
		if text[i] == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || ('a' <= c|0x20 && c|0x20 <= 'f') }
