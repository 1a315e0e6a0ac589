package transport

// A list is a doubly linked list whose links are in its elements, so that an element can
// leave from the middle, be in two lists, and cost no memory of its own. Each method is told
// which of the element's links are this list's.
type list[T any] struct {
	first, last *T
	len         int
}

type links[T any] struct{ prev, next *T }

func pooledByHost(c *pooled) *links[pooled] { return &c.byHost }
func pooledByUse(c *pooled) *links[pooled]  { return &c.byUse }
func waiterByHost(w *waiter) *links[waiter] { return &w.byHost }
func waiterByAge(w *waiter) *links[waiter]  { return &w.byAge }

func (l *list[T]) pushFirst(e *T, of func(*T) *links[T]) {
	*of(e) = links[T]{next: l.first}
	if l.first != nil {
		of(l.first).prev = e
	} else {
		l.last = e
	}
	l.first = e
	l.len++
}

func (l *list[T]) pushLast(e *T, of func(*T) *links[T]) {
	*of(e) = links[T]{prev: l.last}
	if l.last != nil {
		of(l.last).next = e
	} else {
		l.first = e
	}
	l.last = e
	l.len++
}

func (l *list[T]) remove(e *T, of func(*T) *links[T]) {
	at := of(e)
	if at.prev != nil {
		of(at.prev).next = at.next
	} else {
		l.first = at.next
	}
	if at.next != nil {
		of(at.next).prev = at.prev
	} else {
		l.last = at.prev
	}
	*at = links[T]{}
	l.len--
}
