package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

const (
	// FileName is the name of the file in the home.
	FileName = "config.yaml"
	// HomeFlag is the flag that names the home.
	HomeFlag = "home"
)

// Program is the configuration of a program whose typed form is C, a structure with mapstructure tags.
type Program[C any] struct {
	// Name as it is typed. It stands in texts, and the default home and its environment variable follow from it.
	Name string
	// Settings declares every setting, in the order of the file: the settings of a section stand together.
	Settings []Setting
	// Complete puts the absolute path of the home into a configuration that was read, and checks its values. Its error
	// names each setting that is wrong.
	Complete func(c *C, home string) error
}

// HomeEnv is the environment variable that names the home.
func (p Program[C]) HomeEnv() string {
	return EnvPrefix + "_" + strings.ToUpper(p.Name) + "_HOME"
}

// DefaultHome is ~/.agora/ and the name of the program, or the value of the environment variable.
func (p Program[C]) DefaultHome() string {
	if home := os.Getenv(p.HomeEnv()); home != "" {
		return home
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return ".agora-" + p.Name
	}
	return filepath.Join(user, ".agora", p.Name)
}

// Flag is the name on the command line of the setting with a key; the key itself where it has none.
func (p Program[C]) Flag(key string) string {
	for _, s := range p.Settings {
		if s.Key == key && s.Flag() != "" {
			return s.Flag()
		}
	}
	return key
}

// AddFlags declares a flag for every setting that may stand on a command line, or only for those whose keys begin with
// one of the given texts.
func (p Program[C]) AddFlags(flags *pflag.FlagSet, only ...string) {
	for _, s := range p.Settings {
		name := s.Flag()
		wanted := len(only) == 0 || slices.ContainsFunc(only, func(begin string) bool { return strings.HasPrefix(s.Key, begin) })
		if name == "" || !wanted {
			continue
		}
		usage := strings.ReplaceAll(s.Help, "`", "") // pflag takes back-quoted words for the name of the value
		switch value := s.Default.(type) {
		case string:
			flags.String(name, value, usage)
		case []string:
			flags.StringSlice(name, value, usage)
		case bool:
			flags.Bool(name, value, usage)
		case int:
			flags.Int(name, value, usage)
		case int64:
			flags.Int64(name, value, usage)
		case uint32:
			flags.Uint32(name, value, usage)
		case uint64:
			flags.Uint64(name, value, usage)
		case time.Duration:
			flags.Duration(name, value, usage)
		}
	}
}

// newViper knows every setting with its default, its environment variable and, where flags has it, its flag.
func (p Program[C]) newViper(flags *pflag.FlagSet) (*viper.Viper, error) {
	v := viper.New()
	for _, s := range p.Settings {
		v.SetDefault(s.Key, s.Default)
		if err := v.BindEnv(s.Key, s.Env()); err != nil {
			return nil, err
		}
		if flags == nil || s.Flag() == "" {
			continue
		}
		if flag := flags.Lookup(s.Flag()); flag != nil {
			if err := v.BindPFlag(s.Key, flag); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// Load reads the configuration of a home: file, environment, flags (which may be nil), in rising precedence. A missing
// file is an error that names the command that makes one; an unknown name in it is an error too, since a misspelt
// setting would otherwise silently keep its default.
func (p Program[C]) Load(home string, flags *pflag.FlagSet) (*C, error) {
	v, err := p.newViper(flags)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(home, FileName)
	v.SetConfigFile(path)
	if err := v.ReadInConfig(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no configuration at %s; make one with `%s init --home %s --chain-id ID`", path, p.Name, home)
		}
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return p.decode(v, home, path)
}

// FromFlags is the configuration of flags and environment alone, as `init` writes it into a new file.
func (p Program[C]) FromFlags(home string, flags *pflag.FlagSet) (*C, error) {
	v, err := p.newViper(flags)
	if err != nil {
		return nil, err
	}
	return p.decode(v, home, "flags and environment")
}

func (p Program[C]) decode(v *viper.Viper, home, source string) (*C, error) {
	c := new(C)
	strict := func(options *mapstructure.DecoderConfig) { options.ErrorUnused = true }
	if err := v.Unmarshal(c, strict); err != nil {
		return nil, fmt.Errorf("configuration in %s: %w", source, err)
	}
	absolute, err := filepath.Abs(home)
	if err != nil {
		return nil, fmt.Errorf("home %s: %w", home, err)
	}
	if err := p.Complete(c, absolute); err != nil {
		return nil, fmt.Errorf("configuration in %s: %w", source, err)
	}
	return c, nil
}
