package config

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

// FileName is the name of the file in the home.
const FileName = "config.yaml"

// HomeFlag and HomeEnv name the home.
const (
	HomeFlag = "home"
	HomeEnv  = EnvPrefix + "_VALIDATOR_HOME"
)

// DefaultHome is ~/.agora/validator, or the value of AGORA_VALIDATOR_HOME.
func DefaultHome() string {
	if home := os.Getenv(HomeEnv); home != "" {
		return home
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return ".agora-validator"
	}
	return filepath.Join(user, ".agora", "validator")
}

// AddFlags declares a flag for every setting that may stand on a command line, or only for those whose keys begin with
// one of the given texts.
func AddFlags(flags *pflag.FlagSet, only ...string) {
	for _, s := range Settings {
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
		case uint64:
			flags.Uint64(name, value, usage)
		case int64:
			flags.Int64(name, value, usage)
		case time.Duration:
			flags.Duration(name, value, usage)
		}
	}
}

// newViper knows every setting with its default, its environment variable and, where flags has it, its flag.
func newViper(flags *pflag.FlagSet) (*viper.Viper, error) {
	v := viper.New()
	for _, s := range Settings {
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
func Load(home string, flags *pflag.FlagSet) (*Config, error) {
	v, err := newViper(flags)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(home, FileName)
	v.SetConfigFile(path)
	if err := v.ReadInConfig(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no configuration at %s; make one with `validator init --home %s --chain-id ID`", path, home)
		}
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return decode(v, home, path)
}

// FromFlags is the configuration of flags and environment alone, as `init` writes it into a new file.
func FromFlags(home string, flags *pflag.FlagSet) (*Config, error) {
	v, err := newViper(flags)
	if err != nil {
		return nil, err
	}
	return decode(v, home, "flags and environment")
}

func decode(v *viper.Viper, home, source string) (*Config, error) {
	c := &Config{}
	strict := func(options *mapstructure.DecoderConfig) { options.ErrorUnused = true }
	if err := v.Unmarshal(c, strict); err != nil {
		return nil, fmt.Errorf("configuration in %s: %w", source, err)
	}
	absolute, err := filepath.Abs(home)
	if err != nil {
		return nil, fmt.Errorf("home %s: %w", home, err)
	}
	c.Home = absolute
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("configuration in %s: %w", source, err)
	}
	return c, nil
}

// KeyringDir is the folder that holds the keyring.
func (c *Config) KeyringDir() string {
	if c.Keys.Dir != "" {
		return c.Keys.Dir
	}
	return c.Home
}

// Passphrase is that of the file keyring, from the file named in the configuration or the setting itself.
func (c *Config) Passphrase() (string, error) {
	if c.Keys.Passphrase != "" || c.Keys.PassphraseFile == "" {
		return c.Keys.Passphrase, nil
	}
	content, err := os.ReadFile(c.Keys.PassphraseFile)
	if err != nil {
		return "", fmt.Errorf("read keyring.passphrase_file: %w", err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}
