package dataset

import (
	"container/list"
	"sync"
)

// cache holds what was used last, within a number of bytes.
type cache[V any] struct {
	limit int64

	mu      sync.Mutex // guards what follows
	used    int64
	order   list.List // of *entry[V], the one used last in front
	entries map[uint64]*list.Element
}

type entry[V any] struct {
	key   uint64
	value V
	cost  int64
}

func newCache[V any](limit int64) *cache[V] {
	return &cache[V]{limit: limit, entries: map[uint64]*list.Element{}}
}

func (c *cache[V]) get(key uint64) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.entries[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(element)
	return element.Value.(*entry[V]).value, true
}

// put keeps a value, unless it alone exceeds the limit, and drops what was used
// longest ago to make room.
func (c *cache[V]) put(key uint64, value V, cost int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.entries[key]; there || cost > c.limit {
		return
	}
	for c.used+cost > c.limit {
		oldest := c.order.Back()
		dropped := c.order.Remove(oldest).(*entry[V])
		delete(c.entries, dropped.key)
		c.used -= dropped.cost
	}
	c.entries[key] = c.order.PushFront(&entry[V]{key: key, value: value, cost: cost})
	c.used += cost
}
