package spec

// SettingInfo describes one setting of the YAML form.
type SettingInfo struct {
	// Path from the root; elements of lists are written "scorers[]".
	Path string
	// Variant is the shape of the group around it that has the setting, such as the
	// name of a scorer; empty when all shapes have it.
	Variant string
	// Kind is the type and range in words.
	Kind string
	// Summary says what it means.
	Summary string
	// Optional settings may be left out.
	Optional bool
}

// Reference lists all settings in the order in which they are written.
func Reference() []SettingInfo {
	var all []SettingInfo
	describe(&all, "", "", settings(new(Spec)))
	return all
}

func describe(all *[]SettingInfo, path, variant string, settings []setting) {
	for _, s := range settings {
		kind, _ := s.value.describe()
		at := child(path, s.name)
		*all = append(*all, SettingInfo{Path: at, Variant: variant, Kind: kind, Summary: s.summary, Optional: s.optional})
		describeInside(all, at, variant, s.value)
	}
}

func describeInside(all *[]SettingInfo, path, variant string, value codec) {
	switch value := value.(type) {
	case *group:
		describe(all, path, variant, value.settings)
		for _, v := range value.variants {
			describe(all, path, v.name, v.settings())
		}
	case *optionalGroup:
		describe(all, path, variant, value.create())
	case interface{ prototype() codec }:
		describeInside(all, path+"[]", variant, value.prototype())
	}
}

// prototype is an element of the list that holds nothing yet.
func (l listOf[T]) prototype() codec { return l.element(new(T)) }
