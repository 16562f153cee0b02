package benchmark_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/spec"
)

func TestSpecsKnowTheGeneratorsThatThereAre(t *testing.T) {
	infos, declared := generate.Infos(), spec.Generators()
	require.Len(t, declared, len(infos))
	for i, info := range infos {
		want := spec.Generator{Name: info.Name, Summary: info.Summary, Documents: info.NeedsDocuments}
		for _, family := range info.Families {
			want.Families = append(want.Families, family.Name)
		}
		for _, p := range info.Parameters {
			want.Settings = append(want.Settings, spec.GeneratorSetting{Name: p.Name, Low: p.Min, High: p.Max, Default: p.Default, Summary: p.Summary})
		}
		require.Equal(t, want, declared[i])
	}
}
