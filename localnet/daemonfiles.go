package localnet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fileSetting is a setting of a daemon and its value in YAML's flow style. The key has a section before its dot, or none.
type fileSetting struct{ key, value string }

// configureDaemons writes addresses, which may differ from start to start, into the configuration files of the daemons,
// so that their other commands (validator doctor, miner status) find the network, too.
func (n *network) configureDaemons() error {
	for i, miner := range n.plan.Miners {
		err := setInFile(n.home.MinerHome(miner.Name),
			fileSetting{"chain.endpoints", quotedList(n.plan.endpoints(i))},
			fileSetting{"listen", quoted(address(miner.Port))},
			fileSetting{"admin_listen", quoted(address(miner.MetricsPort))})
		if err != nil {
			return fmt.Errorf("configure %s: %w", miner.Name, err)
		}
	}
	for _, validator := range n.plan.Validators {
		err := setInFile(n.home.ValidatorHome(validator.Name),
			fileSetting{"chain.endpoints", quotedList(n.plan.endpoints(validator.Node))},
			fileSetting{"admin_listen", quoted(address(validator.Port))})
		if err != nil {
			return fmt.Errorf("configure %s: %w", validator.Name, err)
		}
	}
	return nil
}

func quoted(text string) string { return fmt.Sprintf("%q", text) }

func quotedList(texts []string) string {
	list := make([]string, 0, len(texts))
	for _, text := range texts {
		list = append(list, quoted(text))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// setInFile replaces the lines of settings in a daemon's file and leaves all others alone. A file that is absent, or that
// its owner gave another form, stays as it is: the supervisor passes the addresses by flags all the same.
func setInFile(home string, settings ...fileSetting) error {
	path := filepath.Join(home, "config.yaml")
	before, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	after, ok := withSettings(string(before), settings)
	if !ok || after == string(before) {
		return nil
	}
	if err := os.WriteFile(path+".tmp", []byte(after), 0o600); err != nil { //nolint:gosec // in the user's own network
		return err
	}
	return os.Rename(path+".tmp", path)
}

// withSettings is the content of a file with settings replaced; ok is false when it does not say so then.
func withSettings(content string, settings []fileSetting) (changed string, ok bool) {
	lines := strings.Split(content, "\n")
	section := ""
	for i, line := range lines {
		name, _, isSetting := strings.Cut(strings.TrimSpace(line), ":")
		if !isSetting || strings.HasPrefix(name, "#") {
			continue
		}
		indent, key := line[:len(line)-len(strings.TrimLeft(line, " "))], name
		if indent == "" {
			section = name
		} else {
			key = section + "." + name
		}
		for _, setting := range settings {
			if setting.key == key {
				lines[i] = indent + name + ": " + setting.value
			}
		}
	}
	changed = strings.Join(lines, "\n")
	return changed, says(changed, settings)
}

// says reports whether a file is YAML and has all settings.
func says(content string, settings []fileSetting) bool {
	var found map[string]any
	if yaml.Unmarshal([]byte(content), &found) != nil {
		return false
	}
	for _, setting := range settings {
		var want, have any
		if yaml.Unmarshal([]byte(setting.value), &want) != nil {
			return false
		}
		section, name, nested := strings.Cut(setting.key, ".")
		if have = found[section]; nested {
			inner, _ := have.(map[string]any)
			have = inner[name]
		}
		if fmt.Sprint(have) != fmt.Sprint(want) {
			return false
		}
	}
	return true
}
