package llamacpp

import (
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestTheStructuresHaveTheSizesOfTheRelease(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the sizes are those of 64-bit machines")
	}
	require.Equal(t, uintptr(72), unsafe.Sizeof(modelParams{}))
	require.Equal(t, uintptr(160), unsafe.Sizeof(contextParams{}))
	require.Equal(t, uintptr(56), unsafe.Sizeof(batch{}))
}

// writing is a library's function that writes the words of want, changed.
func writing[T modelParams | contextParams](want T, change func(w []uintptr) []uintptr) func(*[poisonWords]uintptr) {
	return func(to *[poisonWords]uintptr) { copy(to[:], change(append([]uintptr(nil), words(&want)...))) }
}

func TestAnotherLayoutIsFoundBeforeItIsUsed(t *testing.T) {
	same := func(w []uintptr) []uintptr { return w }
	require.NoError(t, checkDefaults("model parameters", defaultModelParams(), writing(defaultModelParams(), same)))
	require.NoError(t, checkDefaults("context parameters", defaultContextParams(), writing(defaultContextParams(), same)))
	for name, change := range map[string]func(w []uintptr) []uintptr{
		"a field more":    func(w []uintptr) []uintptr { return append(w, 0) },
		"a field less":    func(w []uintptr) []uintptr { return w[:len(w)-1] },
		"nothing":         func([]uintptr) []uintptr { return nil },
		"another default": func(w []uintptr) []uintptr { w[2]++; return w },
		"fields swapped":  func(w []uintptr) []uintptr { w[0], w[2] = w[2], w[0]; return w },
	} {
		require.ErrorIs(t, checkDefaults("p", defaultModelParams(), writing(defaultModelParams(), change)), ErrWrongLibrary, name)
		require.ErrorIs(t, checkDefaults("p", defaultContextParams(), writing(defaultContextParams(), change)), ErrWrongLibrary, name)
	}
}

func TestChoicesFollowTheProbabilities(t *testing.T) {
	logits := []float32{0, float32(math.Log(3)), float32(math.Inf(-1))}
	greedy := sampler{}
	token, err := greedy.choose(logits)
	require.NoError(t, err)
	require.Equal(t, int32(1), token)
	random := sampler{temperature: 1, state: 1}
	var counts [3]int
	for range 10_000 {
		token, err := random.choose(logits)
		require.NoError(t, err)
		counts[token]++
	}
	require.Zero(t, counts[2])
	require.InDelta(t, 7500, counts[1], 200)
	value, err := logprob(logits, 0)
	require.NoError(t, err)
	require.InDelta(t, math.Log(0.25), value, 1e-7)
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		_, err := random.choose([]float32{0, bad})
		require.ErrorIs(t, err, errNotFinite)
		_, err = logprob([]float32{0, bad}, 0)
		require.ErrorIs(t, err, errNotFinite)
	}
}
