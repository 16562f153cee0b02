package settings

import (
	"reflect"
	"strings"
)

// EnvPrefix starts the name of every environment variable.
const EnvPrefix = "AGORA"

// Setting is the declaration of one setting.
type Setting struct {
	// Key is the name in the file; a dot separates section and name.
	Key string
	// Default is the value where nothing else is given; its type is that of the setting.
	Default any
	// Help says what the setting does, in which unit and within which bounds.
	Help string
	// Secret keeps the setting off the command line, where every process of the machine could read it.
	Secret bool
	// FlagName is the name on the command line where it does not follow from Key.
	FlagName string
}

// Flag is the name of the setting on the command line, without the dashes; empty when it has none.
func (s Setting) Flag() string {
	switch {
	case s.Secret:
		return ""
	case s.FlagName != "":
		return s.FlagName
	}
	return strings.NewReplacer(".", "-", "_", "-").Replace(s.Key)
}

// Env is the name of the environment variable of the setting.
func (s Setting) Env() string {
	return EnvPrefix + "_" + strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_"))
}

// Values lists the fields of a configuration, which is a structure, by the names of their settings: the names in the
// mapstructure tags, with those of the sections before them. A field tagged "-" is left out.
func Values(config any) map[string]any {
	values := map[string]any{}
	collectValues(reflect.ValueOf(config), "", values)
	return values
}

func collectValues(structure reflect.Value, prefix string, values map[string]any) {
	for i := range structure.NumField() {
		name, options, _ := strings.Cut(structure.Type().Field(i).Tag.Get("mapstructure"), ",")
		switch field := structure.Field(i); {
		case name == "-":
		case field.Kind() == reflect.Struct && options == "squash":
			collectValues(field, prefix, values)
		case field.Kind() == reflect.Struct:
			collectValues(field, prefix+name+".", values)
		default:
			values[prefix+name] = field.Interface()
		}
	}
}
