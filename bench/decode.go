// Decoding of bodies: Godwit's decoders beside those of the libraries that they are made of.
package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"

	"github.com/andybalholm/brotli"
	libflate "github.com/klauspost/compress/flate"
	libgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"example.com/godwit/internal/coding"
)

// A decoding is one run: a body in one coding, decoded by Godwit and by the library in turn.
type decoding struct {
	Coding        string
	Plain, Coded  int // bytes
	Rounds, Per   int
	Ours, Library sample  // one body
	Ratio         float64 // of speeds by CPU, ours to the library's: the median of the ratios by round
}

// decodeGoal is the least Ratio, for bodies of at least decodeGoalFrom bytes.
const (
	decodeGoal     = 0.95
	decodeGoalFrom = 100 << 10
)

// A codec is a coding with its encoder, and the library's decoder as its documentation has it: one
// that is used again and again.
type codec struct {
	name   string
	encode func(plain []byte) []byte
	reuse  func() func(io.Reader) io.Reader
}

var codecs = []codec{
	{"gzip", with(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }), func() func(io.Reader) io.Reader {
		z := new(libgzip.Reader)
		return func(r io.Reader) io.Reader { must(z.Reset(r)); return z }
	}},
	{"deflate", with(func(w io.Writer) io.WriteCloser {
		z, err := flate.NewWriter(w, flate.DefaultCompression)
		must(err)
		return z
	}), func() func(io.Reader) io.Reader {
		z := libflate.NewReader(nil)
		return func(r io.Reader) io.Reader { must(z.(libflate.Resetter).Reset(r, nil)); return z }
	}},
	{"br", with(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }), func() func(io.Reader) io.Reader {
		z := new(brotli.Reader)
		return func(r io.Reader) io.Reader { must(z.Reset(r)); return z }
	}},
	{"zstd", with(func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		must(err)
		return z
	}), func() func(io.Reader) io.Reader {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)) // as ours, which starts no goroutines
		must(err)
		return func(r io.Reader) io.Reader { must(z.Reset(r)); return z }
	}},
}

func must(err error) {
	if err != nil {
		panic(err) // encoders and decoders that have no reason to fail
	}
}

// with makes an encoder of whole bodies.
func with(begin func(io.Writer) io.WriteCloser) func([]byte) []byte {
	return func(plain []byte) []byte {
		var b bytes.Buffer
		w := begin(&b)
		_, err := w.Write(plain)
		must(err)
		must(w.Close())
		return b.Bytes()
	}
}

// records is a body like those of APIs: JSON, of n bytes, always the same.
func records(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"pending", "shipped", "returned", "Alaska", "Tasmania", "Waddenzee", "null", "true"}
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `{"id":%d,"uuid":"%016x","state":%q,"amount":%d.%02d,"from":%q,"to":%q,"note":%q}`+"\n",
			100_000+i, r.Uint64(), words[r.IntN(3)], r.IntN(5000), r.IntN(100), words[3+r.IntN(3)], words[3+r.IntN(3)],
			words[r.IntN(len(words))]+" "+words[r.IntN(len(words))])
	}
	return b.Bytes()[:n]
}

// A source yields the same bytes again and again, as a body: nobody can look into it.
type source struct{ r bytes.Reader }

func (s *source) Read(p []byte) (int, error) { return s.r.Read(p) }

func (*source) Close() error { return nil }

// decodeSizes are those of the bodies: a short answer, a page, a download.
var decodeSizes = []int{1 << 10, 100 << 10, 1 << 20}

// compareDecoding decodes a body of each size in each coding. In a round both have their turn, and
// they change places from round to round.
func compareDecoding(sizes []int, rounds, megabytes int) ([]*decoding, error) {
	var runs []*decoding
	for _, c := range codecs {
		for _, size := range sizes {
			d := &decoding{Coding: c.name, Plain: size, Rounds: rounds, Per: max(1, megabytes<<20/size)}
			if err := d.run(c); err != nil {
				return nil, fmt.Errorf("%s, %d bytes: %w", c.name, size, err)
			}
			runs = append(runs, d)
		}
	}
	return runs, nil
}

func (d *decoding) run(c codec) error {
	plain := records(d.Plain)
	coded := c.encode(plain)
	d.Coded = len(coded)
	buf := make([]byte, 32<<10)
	src := new(source)
	fields := []string{c.name}
	var library func(io.Reader) io.Reader
	contenders := [2]func() (int, error){
		func() (int, error) {
			src.r.Reset(coded)
			body, err := coding.Decode(src, fields, nil, coding.Limits{})
			if err != nil {
				return 0, err
			}
			defer body.Close()
			return readThrough(body, buf)
		},
		func() (int, error) {
			src.r.Reset(coded)
			return readThrough(library(src), buf)
		},
	}
	var took [2][]sample
	for round := range d.Rounds {
		for i := range contenders {
			turn := (round + i) % 2
			// Where a window of megabytes lies in memory makes a tenth of a difference: for each
			// turn there are new decoders. Two collections empty Godwit's pools.
			runtime.GC()
			runtime.GC()
			library = c.reuse()
			s, err := d.turn(contenders[turn])
			if err != nil {
				return err
			}
			took[turn] = append(took[turn], s)
		}
	}
	d.conclude(took[0], took[1])
	return nil
}

// turn measures one turn, after a body that is not counted.
func (d *decoding) turn(decode func() (int, error)) (s sample, err error) {
	var m *meter
	for n := range d.Per + 1 {
		if n == 1 {
			m = startMeter()
		}
		if n, err := decode(); err != nil || n != d.Plain {
			return s, fmt.Errorf("%d bytes, %w", n, err)
		}
	}
	return m.stop(d.Per), nil
}

// conclude makes the figures of the rounds.
func (d *decoding) conclude(ours, library []sample) {
	figure := func(of func(sample) float64, samples []sample) float64 {
		var all []float64
		for _, s := range samples {
			all = append(all, of(s))
		}
		return middle(all)
	}
	summary := func(samples []sample) sample {
		return sample{Wall: figure(wall, samples), CPU: figure(cpu, samples), Allocs: figure(allocs, samples), Bytes: figure(bytesOf, samples)}
	}
	d.Ours, d.Library = summary(ours), summary(library)
	var ratios []float64
	for i := range ours {
		ratios = append(ratios, library[i].CPU/ours[i].CPU)
	}
	d.Ratio = middle(ratios)
}
