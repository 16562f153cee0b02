package cli

// embedded finds the weights of a model that is part of the program.
func embedded(string) ([]byte, bool) { return nil, false }

func embeddedNames() []string { return nil }
