package decoder

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/tensor"
)

// packer packs matrices for the kernels, band after band, so that no matrix is ever
// held twice.
type packer struct {
	arena *canon.Arena
	bytes int64
	bands []packBand
	work  int
}

// packBand is some rows of a matrix on their way into panels.
type packBand struct {
	panels      *canon.Panels
	matrix      tensor.Matrix
	first, rows int
}

// add makes room for a matrix. run fills it.
func (p *packer) add(matrix tensor.Matrix) *canon.Panels {
	create := canon.NewPanels
	if matrix.Int8() {
		create = canon.NewPanelsInt8
	}
	rows := matrix.Rows()
	panels := create(p.arena, rows, matrix.Cols())
	// Whole panels, so that no two bands write to the same one.
	step := canon.Padded(matrix.BandRows())
	for first := 0; first < rows; first += step {
		p.bands = append(p.bands, packBand{panels, matrix, first, min(step, rows-first)})
	}
	p.bytes += int64(panels.Bytes())
	p.work += rows * matrix.Cols()
	return panels
}

// run packs everything that was added. Of several errors it returns that of the
// band that was added first.
func (p *packer) run() error {
	threads := runtime.GOMAXPROCS(0)
	memory := make([]tensor.Band, threads)
	errs := make([]error, len(p.bands))
	var failed atomic.Bool
	team{threads}.run(len(p.bands), p.work, func(worker, i int) {
		// Bands are begun in order, so what is left out comes after an error.
		if failed.Load() {
			return
		}
		if errs[i] = p.bands[i].fill(&memory[worker]); errs[i] != nil {
			failed.Store(true)
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (b packBand) fill(memory *tensor.Band) error {
	loaded, err := b.matrix.Band(memory, b.first, b.rows)
	if err != nil {
		return err
	}
	switch loaded := loaded.(type) {
	case *tensor.F32:
		b.panels.Fill(b.first, loaded.Data())
	case *tensor.Q8:
		b.panels.FillInt8(b.first, loaded.Scales(), loaded.Values())
	default:
		return fmt.Errorf("%w: rows of type %T", ErrModel, loaded)
	}
	return nil
}
