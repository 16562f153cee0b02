package canon

import "fmt"

// maxTileRows is the largest number of rows any path computes in one tile.
const maxTileRows = 6

// tileArguments describe a tile: c[r][p][lane] += sum over k < steps of
// a[r][k] * b[p][k][lane], in blocks of SumBlock steps, for rows r, panels p and
// Lanes lanes. The strides are in elements. Without add the sums begin at zero.
type tileArguments struct {
	a, b, c             []float32
	rows, panels, steps int
	aRow                int // from a row of a to the next
	bStep, bPanel       int // from a step of b to the next, from a panel to the next
	cRow                int // from a row of c to the next; its panels are adjacent
	add                 bool
}

// Product is a product of a row-major matrix with a matrix that lies in panels:
//
//	Out[r][p*Lanes+lane] = sum over k < Steps of In[r*InRow+k] * Panels[p*Panel+k*Step+lane]
//
// for each of Rows rows and Count panels. Every SumBlock products are summed from
// zero, k going up; the sums of the blocks are added in order. Out has OutRow
// elements from row to row, at least Count*Lanes.
type Product struct {
	Out    []float32
	OutRow int
	In     []float32
	InRow  int
	Rows   int
	Steps  int
	Panels []float32
	Step   int
	Panel  int
	Count  int
	// Add adds the first block, too, to what Out holds.
	Add bool
}

// check keeps the kernels, which do not, from reaching outside the slices.
func (p *Product) check() {
	if p.Rows < 0 || p.Steps < 0 || p.Count < 0 || p.InRow < 0 || p.OutRow < 0 || p.Step < 0 || p.Panel < 0 {
		panic(fmt.Sprintf("canon: negative size in product %d x %d x %d", p.Rows, p.Steps, p.Count))
	}
	if p.Rows == 0 || p.Count == 0 {
		return
	}
	_ = p.Out[(p.Rows-1)*p.OutRow+p.Count*Lanes-1]
	if p.Steps > 0 {
		_ = p.In[(p.Rows-1)*p.InRow+p.Steps-1]
		_ = p.Panels[(p.Count-1)*p.Panel+(p.Steps-1)*p.Step+Lanes-1]
	}
}

// stepBlock is how many steps of a group of panels are used for all rows before
// the next steps: they stay in the second-level cache. It is a multiple of
// SumBlock, so the order of the sums does not change.
const stepBlock = 512

// Multiply computes a product. The sizes must fit the slices.
func (k *Kernels) Multiply(p Product) {
	p.check()
	if p.Steps == 0 {
		for r := range p.Rows {
			if !p.Add {
				clear(p.Out[r*p.OutRow:][:p.Count*Lanes])
			}
		}
		return
	}
	for first := 0; first < p.Steps; first += stepBlock {
		t := tileArguments{
			steps: min(stepBlock, p.Steps-first),
			aRow:  p.InRow, bStep: p.Step, bPanel: p.Panel, cRow: p.OutRow,
			add: p.Add || first > 0,
		}
		k.multiplyBlock(&p, &t, first)
	}
}

func (k *Kernels) multiplyBlock(p *Product, t *tileArguments, first int) {
	tiles := (p.Rows + k.maxRows - 1) / k.maxRows
	for panel := 0; panel < p.Count; {
		group := 1
		for _, group = range k.panels[rowsOf(p.Rows, tiles, 0)] {
			if group <= p.Count-panel {
				break
			}
		}
		row := 0
		for i := range tiles {
			t.rows = rowsOf(p.Rows, tiles, i)
			for done := 0; done < group; {
				for _, t.panels = range k.panels[t.rows] {
					if t.panels <= group-done {
						break
					}
				}
				at := panel + done
				t.a, t.b = p.In[row*p.InRow+first:], p.Panels[at*p.Panel+first*p.Step:]
				t.c = p.Out[row*p.OutRow+at*Lanes:]
				k.tile(t)
				done += t.panels
			}
			row += t.rows
		}
		panel += group
	}
}

// rowsOf shares rows out over tiles as evenly as may be, the larger first.
func rowsOf(rows, tiles, i int) int {
	share := rows / tiles
	if i < rows%tiles {
		share++
	}
	return share
}
