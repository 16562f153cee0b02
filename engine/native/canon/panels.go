package canon

import "fmt"

// blockLen is how many consecutive inputs of one output share a scale in the
// int8 form.
const blockLen = 32

// Panels is a matrix packed for Multiply: outputs in groups of Lanes, the last
// one filled up with zeros, and within a group all outputs' weights of input 0,
// then of input 1 and so on. It does not change.
type Panels struct {
	outputs, inputs int
	numbers         []float32 // [panel][input][lane]; nil in the int8 form
	values          []int8    // [panel][input][lane]
	scales          []float32 // [panel][input/blockLen][lane]
}

// Padded is n rounded up to whole lanes: the width of a row that Multiply writes.
func Padded(n int) int { return (n + Lanes - 1) &^ (Lanes - 1) }

// NewPanels makes room in the arena, which may be nil, for a matrix that Fill then
// fills.
func NewPanels(arena *Arena, outputs, inputs int) *Panels {
	return &Panels{outputs: outputs, inputs: inputs, numbers: arena.take(PackedNumbers(outputs, inputs))}
}

// NewPanelsInt8 makes room in the arena, which may be nil, for a matrix of int8 with
// a scale for each blockLen (32) consecutive inputs, of which inputs must be a
// multiple. FillInt8 then fills it.
func NewPanelsInt8(arena *Arena, outputs, inputs int) *Panels {
	if inputs%blockLen != 0 {
		panic(fmt.Sprintf("canon: %d inputs are not whole blocks", inputs))
	}
	return &Panels{
		outputs: outputs, inputs: inputs,
		values: arena.takeInt8(Padded(outputs) * inputs), scales: arena.take(Padded(outputs) * (inputs / blockLen)),
	}
}

// Fill packs the weights of outputs from first on: whole rows, one after the other.
// Calls for outputs of different panels may run at the same time.
func (p *Panels) Fill(first int, data []float32) {
	p.checkRows(first, len(data))
	interleave(p.numbers, first, p.inputs, data)
}

// FillInt8 is Fill for the int8 form.
func (p *Panels) FillInt8(first int, scales []float32, values []int8) {
	p.checkRows(first, len(values))
	if len(scales) != len(values)/blockLen {
		panic(fmt.Sprintf("canon: %d scales for %d values", len(scales), len(values)))
	}
	interleave(p.values, first, p.inputs, values)
	interleave(p.scales, first, p.inputs/blockLen, scales)
}

func (p *Panels) checkRows(first, numbers int) {
	if rows := numbers / p.inputs; first < 0 || numbers%p.inputs != 0 || rows > p.outputs-first {
		panic(fmt.Sprintf("canon: %d numbers from output %d on for %d x %d", numbers, first, p.outputs, p.inputs))
	}
}

// Pack packs a row-major matrix, one row per output, into the arena, which may be
// nil.
func Pack(arena *Arena, outputs, inputs int, data []float32) *Panels {
	p := NewPanels(arena, outputs, inputs)
	p.Fill(0, data)
	return p
}

// PackInt8 packs a row-major matrix of int8, see NewPanelsInt8.
func PackInt8(arena *Arena, outputs, inputs int, scales []float32, values []int8) *Panels {
	p := NewPanelsInt8(arena, outputs, inputs)
	p.FillInt8(0, scales, values)
	return p
}

// interleave writes rows of data, of which the first is row first of the matrix, as
// lanes. What is beyond the last row is zero already.
func interleave[T float32 | int8](out []T, first, cols int, data []T) {
	for ; len(data) > 0; first++ {
		to := out[first/Lanes*Lanes*cols+first%Lanes:]
		for i, value := range data[:cols] {
			to[i*Lanes] = value
		}
		data = data[cols:]
	}
}

// Outputs is the number of rows of the matrix.
func (p *Panels) Outputs() int { return p.outputs }

// Inputs is the number of columns of the matrix.
func (p *Panels) Inputs() int { return p.inputs }

// Count is the number of panels.
func (p *Panels) Count() int { return Padded(p.outputs) / Lanes }

// Bytes is the memory that the weights take.
func (p *Panels) Bytes() int { return 4*len(p.numbers) + len(p.values) + 4*len(p.scales) }

// Row writes the weights of one output into to, which has Inputs elements.
func (p *Panels) Row(output int, to []float32) {
	base := output/Lanes*Lanes*p.inputs + output%Lanes
	if p.numbers != nil {
		for i := range p.inputs {
			to[i] = p.numbers[base+i*Lanes]
		}
		return
	}
	scales := p.scales[output/Lanes*Lanes*(p.inputs/blockLen)+output%Lanes:]
	for i := range p.inputs {
		to[i] = float32(float32(p.values[base+i*Lanes]) * scales[i/blockLen*Lanes])
	}
}

// How much of an int8 matrix is widened at a time: it must stay in the
// first-level cache until it is used.
const (
	wideSteps  = 4 * blockLen
	widePanels = 4
)

// Scratch is memory that one caller at a time lends to MultiplyPanels.
type Scratch [widePanels * wideSteps * Lanes]float32

// MultiplyPanels computes out[r][o] = sum over i of in[r][i] * weight[o][i], in
// blocks of SumBlock, for the panels from to to of the matrix. A weight of the int8 form
// is float32(value)*scale, rounded once. Rows of out are outRow apart, at least
// Padded(outputs), and are written up to that width; rows of in are inRow apart.
func (k *Kernels) MultiplyPanels(out []float32, outRow int, in []float32, inRow, rows int, m *Panels, from, to int, scratch *Scratch) {
	if from < 0 || to > m.Count() || from > to {
		panic(fmt.Sprintf("canon: panels %d to %d of %d", from, to, m.Count()))
	}
	p := Product{In: in, InRow: inRow, OutRow: outRow, Rows: rows, Steps: m.inputs, Step: Lanes}
	if rows == 0 || from == to {
		return
	}
	if m.numbers != nil {
		p.Out, p.Panels = out[from*Lanes:], m.numbers[from*Lanes*m.inputs:]
		p.Panel, p.Count = Lanes*m.inputs, to-from
		k.Multiply(p)
		return
	}
	if rows == 1 && k.int8Row != nil {
		k.int8Row(out[from*Lanes:to*Lanes], in[:m.inputs], m, from, to)
		return
	}
	p.Panels = scratch[:]
	for panel := from; panel < to; panel += widePanels {
		p.Out, p.Count = out[panel*Lanes:], min(widePanels, to-panel)
		for first := 0; first < m.inputs; first += wideSteps {
			p.In, p.Add = in[first:], first > 0
			p.Steps = min(wideSteps, m.inputs-first)
			p.Panel = p.Steps * Lanes
			for i := range p.Count {
				k.widen(scratch[i*p.Panel:(i+1)*p.Panel], m, panel+i, first)
			}
			k.Multiply(p)
		}
	}
}

// widen writes the weights of a panel, from input first on, as float32.
func (k *Kernels) widen(to []float32, m *Panels, panel, first int) {
	values := m.values[(panel*m.inputs+first)*Lanes:]
	scales := m.scales[(panel*m.inputs/blockLen+first/blockLen)*Lanes:]
	k.vector.widen(to, values[:len(to)], scales[:len(to)/blockLen])
}
