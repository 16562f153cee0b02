package decoder_test

import (
	"testing"

	"github.com/agora-network/agora/internal/portable/portabletest"
)

func TestNothingInTheSourceDependsOnThePlatform(t *testing.T) { portabletest.Check(t, ".") }
