package localnet

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net"
)

// loopback is the only address anything of a local network listens on.
const loopback = "127.0.0.1"

// Ports are taken from below the range from which systems lend ports to
// outgoing connections, so none is lost between being chosen and being used.
const (
	firstPort = 20_000
	lastPort  = 32_000
)

// portSlot is a port to be chosen.
type portSlot struct {
	// port is where the choice goes; a value other than 0 is an earlier choice.
	port *int
	// customary is what people expect there, 0 for nothing.
	customary int
}

// portChange is a port that moved because another program took the old one.
type portChange struct{ from, to int }

// assignPorts gives every slot a port that is free now and unlike the others:
// the earlier choice where there is one, else the customary port where wanted,
// else the next free one, searched from a place that depends on seed so that
// two networks do not compete. It returns the earlier choices that had to change.
func assignPorts(slots []portSlot, seed string, customary bool, free func(int) bool) ([]portChange, error) {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(seed)) // never fails
	const span = lastPort - firstPort
	next, tried := firstPort+int(hash.Sum32()%span), 0
	used := make(map[int]bool, len(slots))
	usable := func(port int) bool { return port != 0 && !used[port] && free(port) }

	var changes []portChange
	for _, slot := range slots {
		before := *slot.port
		choice := before
		if !usable(choice) && customary {
			choice = slot.customary
		}
		for !usable(choice) {
			if tried++; tried > span {
				return nil, errors.New("no free ports are left on 127.0.0.1 between 20000 and 32000: stop other networks (agorad localnet down --home …) or programs")
			}
			choice = next
			if next++; next > lastPort {
				next = firstPort
			}
		}
		used[choice] = true
		*slot.port = choice
		if before != 0 && before != choice {
			changes = append(changes, portChange{before, choice})
		}
	}
	return changes, nil
}

// portFree tells whether a program may listen on the loopback port.
func portFree(port int) bool {
	listener, err := net.Listen("tcp", address(port))
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}

// address is a port on loopback as dialers and listeners take it.
func address(port int) string {
	return fmt.Sprintf("%s:%d", loopback, port)
}
