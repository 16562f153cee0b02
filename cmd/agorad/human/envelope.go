package human

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// view is an answer: its fields are the JSON of the envelope's data, and it prints itself for people.
type view interface {
	text(w io.Writer)
}

type envelope struct {
	OK    bool       `json:"ok"`
	Data  view       `json:"data"`
	Error *errorBody `json:"error"`
	Meta  *meta      `json:"meta"`
}

type errorBody struct {
	Code        string `json:"code"`
	Message     string `json:"message"`
	Remediation string `json:"remediation"`
}

// meta says of what state an answer is; an answer that needs no chain has none.
type meta struct {
	Height int64     `json:"height,string"`
	Time   time.Time `json:"time"`
}

func (f *Failure) body() *errorBody {
	return &errorBody{Code: f.Code, Message: f.Message, Remediation: f.Remediation}
}

func writeEnvelope(w io.Writer, e envelope) {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(e); err != nil { // the reader has gone, nobody can be told
		return
	}
}

func printView(w io.Writer, v view) { v.text(w) }

// table prints rows of cells in columns; columns of figures are aligned to the right.
type table struct {
	w *tabwriter.Writer
	// closed columns pad their last cell too.
	closed bool
}

// newTable aligns all columns to the right, as figures want it, or to the left.
func newTable(w io.Writer, alignment uint, header ...any) *table {
	t := &table{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', alignment), closed: alignment == figures}
	if len(header) > 0 {
		t.row(header...)
	}
	return t
}

const (
	figures = tabwriter.AlignRight
	words   = uint(0)
)

func (t *table) row(cells ...any) {
	for i, cell := range cells {
		end := "\t"
		if i == len(cells)-1 && !t.closed {
			end = ""
		}
		fmt.Fprintf(t.w, "%v%s", cell, end)
	}
	fmt.Fprintln(t.w)
}

func (t *table) flush() { _ = t.w.Flush() } // the reader has gone, nobody can be told
