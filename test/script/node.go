package script

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// denom of every amount.
const denom = "uagora"

// Node is a consensus node, asked over its RPC.
type Node struct {
	// URL of the RPC, such as http://127.0.0.1:26657.
	URL string
}

// ask calls a method of the RPC and decodes its result.
func (n Node) ask(method string, into any) error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, n.URL+"/"+method, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Result json.RawMessage
		Error  *struct{ Data string }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("%s: %w: %s", method, err, body)
	}
	if answer.Error != nil {
		return fmt.Errorf("%s: %s", method, answer.Error.Data)
	}
	return json.Unmarshal(answer.Result, into)
}

// Height of the last block whose state can be asked for.
func (n Node) Height() (int64, error) {
	var info struct {
		Response struct {
			Height string `json:"last_block_height"`
		}
	}
	if err := n.ask("abci_info", &info); err != nil {
		return 0, err
	}
	return strconv.ParseInt(info.Response.Height, 10, 64)
}

// event is one thing that a block says happened.
type event struct {
	Type       string
	Attributes []struct{ Key, Value string }
}

// history collects what the blocks from first to last said happened, by the last word of the event's type: a
// JSON document of lists of objects.
func (n Node) history(first, last int64) (map[string]any, error) {
	document := make(map[string]any)
	note := func(e event) {
		fields := make(map[string]any, len(e.Attributes))
		for _, attribute := range e.Attributes {
			fields[attribute.Key] = plain(attribute.Value)
		}
		name := e.Type[strings.LastIndex(e.Type, ".")+1:]
		list, _ := document[name].([]any)
		document[name] = append(list, fields)
	}
	for height := first; height <= last; height++ {
		var block struct {
			Transactions []struct{ Events []event } `json:"txs_results"`
			Events       []event                    `json:"finalize_block_events"`
		}
		if err := n.ask(fmt.Sprintf("block_results?height=%d", height), &block); err != nil {
			return nil, err
		}
		for _, transaction := range block.Transactions {
			for _, e := range transaction.Events {
				note(e)
			}
		}
		for _, e := range block.Events {
			note(e)
		}
	}
	return document, nil
}

// plain is the value of an event's attribute: typed events have it as JSON, others as it is.
func plain(value string) string {
	var text string
	if json.Unmarshal([]byte(value), &text) == nil {
		return text
	}
	return value
}
