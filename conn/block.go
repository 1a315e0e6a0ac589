package conn

import "sync"

const (
	// blockSize is how much of a body is read, and written, at once: little enough for the
	// limit on one write to be fair to a slow line.
	blockSize = 32 << 10
	// sizeRoom is kept free ahead of the data, for the size of a chunk.
	sizeRoom = 8
)

// Blocks are what large bodies are copied through. Behind the data there is room for the
// end of a chunk.
var blockPool = sync.Pool{New: func() any {
	b := make([]byte, sizeRoom+blockSize+2)
	return &b
}}

// newBlock returns a block of a size, 0 for the usual one, and what gives it back.
func newBlock(size int) (block []byte, done func()) {
	if size > blockSize {
		return make([]byte, size), func() {}
	}
	if size <= 0 {
		size = blockSize
	}
	pooled := getBlock()
	return (*pooled)[:size], func() { putBlock(pooled) }
}

func getBlock() *[]byte  { return blockPool.Get().(*[]byte) }
func putBlock(b *[]byte) { blockPool.Put(b) }
