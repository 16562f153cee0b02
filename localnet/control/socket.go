package control

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// maxSocketPath is below the least that any system allows for the path of a unix socket (104 bytes on BSD and macOS).
const maxSocketPath = 100

// SocketPath is where the supervisor of a home listens: in the home, or, where
// that path is too long for a socket, in the folder for temporary files under a
// name that depends on the home.
func SocketPath(home string) (string, error) {
	home, err := filepath.Abs(home)
	if err != nil {
		return "", fmt.Errorf("find the control socket: %w", err)
	}
	path := filepath.Join(home, "control.sock")
	if len(path) <= maxSocketPath {
		return path, nil
	}
	digest := sha256.Sum256([]byte(home))
	name := fmt.Sprintf("agora-localnet-%d-%s.sock", os.Getuid(), hex.EncodeToString(digest[:8]))
	path = filepath.Join(os.TempDir(), name)
	if len(path) > maxSocketPath {
		return filepath.Join("/tmp", name), nil
	}
	return path, nil
}

// Listen opens the socket of a home. The caller must hold the lock of the home:
// a socket that is in the way was left by a supervisor that died.
func Listen(home string) (net.Listener, error) {
	path, err := SocketPath(home)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("close the control socket to others: %w", err)
	}
	return listener, nil
}
