// Command bench measures Godwit beside its peers and beside the raw socket.
//
//	go run .                                  small GETs, 1 and 64 in flight
//	go run . -download                        GETs of 1 MiB
//	go run . -http2 -inflight 64               small GETs as streams of HTTP/2
//	go run . -connect -tls                    a connection and a handshake for each GET; -resume
//	go run . -idle 2000                       memory and goroutines of an idle connection
//	go run . -decode                          content codings, beside the libraries' own decoders
//	go run . -start                           the command's cold start, beside curl and HTTPie
//	go run . -only transport -inflight 64 -duration 10s -cpuprofile cpu.out
//
// It is a module of its own, so that the peers are no dependencies of Godwit. How it
// measures, and why so, is said in docs/performance.md.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	if isServer(os.Args) {
		os.Exit(serveMain(os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// settings are the command line, read.
type settings struct {
	rounds, per int
	inflight    []int
	contenders  []contender
	json, tls   bool
	http2       bool
	download    bool
	decode      bool
	connect     bool
	resume      bool
	start       bool
	idle        int
	heap        int // MiB

	only                   string
	duration               time.Duration
	cpuprofile, memprofile string
}

// run is the program: it measures what args ask for and returns the exit code, 2 for a
// command line that makes no sense.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "bench:", err)
		return 2
	}
	// A program of a megabyte collects its garbage every two, and a client that leaves some
	// pays for that many times what it would in a program of the usual size.
	ballast := make([]byte, s.heap<<20)
	defer runtime.KeepAlive(ballast)
	srv, err := startServer(ctx, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	err = s.do(ctx, srv, stdout)
	if err = errors.Join(err, srv.stop()); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

// parse reads the command line.
func parse(args []string, stderr io.Writer) (*settings, error) {
	s := new(settings)
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&s.rounds, "rounds", 0, "measured `rounds`, after one that is thrown away; 0: 120 with one in flight, else 40; downloads 20; decoding 40; starts 200")
	fs.IntVar(&s.per, "per", 0, "`requests` of each contender in a round; 0: 500 with one in flight, else 3200; downloads 100; decoding: MiB, 8")
	inflight := fs.String("inflight", "1,64", "comma-separated `numbers` of requests in flight")
	names := fs.String("contenders", strings.Join(contenderNames(), ","), "comma-separated `names`")
	fs.BoolVar(&s.json, "json", false, "print JSON, with the figures of every round, in place of tables")
	fs.BoolVar(&s.tls, "tls", false, "over TLS")
	fs.BoolVar(&s.http2, "http2", false, "over HTTP/2, and so over TLS: without raw, conn and fasthttp, divided by net/http")
	fs.BoolVar(&s.download, "download", false, "GETs of 1 MiB, one in flight")
	fs.BoolVar(&s.decode, "decode", false, "decode bodies in every content coding, beside the libraries' own decoders")
	fs.BoolVar(&s.connect, "connect", false, "a new connection for each request, one in flight")
	fs.BoolVar(&s.resume, "resume", false, "with -connect -tls: sessions are resumed")
	fs.BoolVar(&s.start, "start", false, "start the command for each GET, beside curl and HTTPie where they are installed")
	fs.IntVar(&s.idle, "idle", 0, "open this `number` of connections and weigh them while idle")
	fs.IntVar(&s.heap, "heap", 32, "`MiB` that the program is taken to have in use besides")
	fs.StringVar(&s.only, "only", "", "run only this `contender`, for -duration, without rounds")
	fs.DurationVar(&s.duration, "duration", 10*time.Second, "how long -only runs")
	fs.StringVar(&s.cpuprofile, "cpuprofile", "", "with -only: write a CPU profile to this `file`")
	fs.StringVar(&s.memprofile, "memprofile", "", "with -only: write a profile of every allocation to this `file`")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	given := make(map[string]bool)
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if err := s.check(fs.Args(), given); err != nil {
		return nil, err
	}
	var err error
	if s.inflight, err = parseNumbers(*inflight); err != nil {
		return nil, err
	}
	if (s.download || s.connect) && !given["inflight"] || s.only != "" && !given["inflight"] {
		s.inflight = []int{1}
	}
	if s.only != "" && len(s.inflight) != 1 {
		return nil, errors.New("-only takes one number of -inflight")
	}
	if s.only != "" {
		*names = s.only
	}
	s.contenders, err = pickContenders(*names)
	if err != nil {
		return nil, err
	}
	named := s.only != "" || given["contenders"]
	if s.connect {
		if s.contenders, err = able(s.contenders, named, func(c contender) bool { return c.renews }); err != nil {
			return nil, fmt.Errorf("-connect is not for %w", err)
		}
	}
	if s.http2 {
		if s.contenders, err = able(s.contenders, named, func(c contender) bool { return c.http2 }); err != nil {
			return nil, fmt.Errorf("-http2 is not for %w", err)
		}
	}
	return s, nil
}

// check refuses what the flags cannot mean together.
func (s *settings) check(rest []string, given map[string]bool) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case s.rounds < 0 || s.per < 0 || s.idle < 0 || s.duration <= 0:
		return errors.New("-rounds, -per and -idle must not be negative, and -duration must be positive")
	case s.only == "" && (given["cpuprofile"] || given["memprofile"] || given["duration"]):
		return errors.New("-cpuprofile, -memprofile and -duration need -only: a profile is of one contender")
	case s.only != "" && (given["contenders"] || given["rounds"] || given["per"] || s.json):
		return errors.New("-only runs one contender for a time: no -contenders, -rounds, -per or -json")
	case s.resume && !(s.connect && s.tls):
		return errors.New("-resume needs -connect and -tls")
	case s.http2 && (s.connect || s.download || s.idle > 0 || s.decode):
		return errors.New("-http2 is about small GETs alone")
	case s.connect && s.download:
		return errors.New("-connect and -download do not go together")
	case s.idle > 0 && (s.connect || s.only != "" || s.download || s.tls || given["contenders"]):
		return errors.New("-idle stands alone: it weighs plain and TLS connections of its own list of clients")
	case s.decode && (s.connect || s.only != "" || s.download || s.tls || s.idle > 0 || given["contenders"] || given["inflight"]):
		return errors.New("-decode stands alone: it asks no server")
	case s.start && (s.decode || s.connect || s.only != "" || s.download || s.tls || s.idle > 0 || given["contenders"] || given["inflight"] || given["per"]):
		return errors.New("-start stands alone, but for -rounds and -json")
	}
	return nil
}

// length is how many rounds a run has, and how many requests of each contender a round.
func (s *settings) length(inflight int) (rounds, per int) {
	switch {
	case s.download:
		rounds, per = 20, 100
	case s.connect:
		rounds, per = 60, 40
	case inflight == 1: // many short rounds: see minimum
		rounds, per = 120, 500
	default:
		rounds, per = 40, 3200
	}
	if s.rounds > 0 {
		rounds = s.rounds
	}
	if s.per > 0 {
		per = s.per
	}
	return rounds, per
}

// do runs the mode that was asked for.
func (s *settings) do(ctx context.Context, srv *server, w io.Writer) error {
	tgt := srv.target(small, s.tls)
	if s.download {
		tgt = srv.target(mebibyte, s.tls)
	}
	if s.http2 {
		tgt = srv.http2Target(small)
	}
	if s.connect {
		tgt.renewal = full
	}
	if s.resume {
		tgt.renewal = resumed
	}
	switch {
	case s.idle > 0:
		rows, err := weighAll(ctx, srv, s.idle)
		if err != nil {
			return err
		}
		if s.json {
			return printJSON(w, report{Machine: thisMachine(), Idle: rows})
		}
		return printIdle(w, rows, s.idle)
	case s.start:
		all, err := compareStarts(ctx, tgt.url(), cmp.Or(s.rounds, 200))
		if err != nil {
			return err
		}
		if s.json {
			return printJSON(w, report{Machine: thisMachine(), Starts: all})
		}
		return printStarts(w, all)
	case s.decode:
		runs, err := compareDecoding(decodeSizes, cmp.Or(s.rounds, 40), cmp.Or(s.per, 8))
		if err != nil {
			return err
		}
		if s.json {
			return printJSON(w, report{Machine: thisMachine(), Decoding: runs})
		}
		return printDecoding(w, runs)
	case s.only != "":
		return s.profile(ctx, tgt, w)
	}
	rep := report{Machine: thisMachine()}
	for _, n := range s.inflight {
		rounds, per := s.length(n)
		run, err := compare(ctx, s.contenders, tgt, n, rounds, per)
		if err != nil {
			return err
		}
		rep.Runs = append(rep.Runs, run)
	}
	if s.json {
		return printJSON(w, rep)
	}
	return printRuns(w, rep)
}

// report is what -json prints.
type report struct {
	Machine  machine
	Runs     []*comparison `json:",omitempty"`
	Idle     []weight      `json:",omitempty"`
	Decoding []*decoding   `json:",omitempty"`
	Starts   []*starter    `json:",omitempty"`
}

func printJSON(w io.Writer, rep report) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(rep)
}

// parseNumbers reads "1,64".
func parseNumbers(list string) ([]int, error) {
	var ns []int
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 1 || n > 4096 {
			return nil, fmt.Errorf("-inflight: %q is no number from 1 to 4096", s)
		}
		ns = append(ns, n)
	}
	return ns, nil
}

// pickContenders finds contenders by their names, in the order of the table.
func pickContenders(list string) ([]contender, error) {
	wanted := strings.Split(list, ",")
	for _, name := range wanted {
		if !slices.Contains(contenderNames(), name) {
			return nil, fmt.Errorf("no contender %q; there are %s", name, strings.Join(contenderNames(), ", "))
		}
	}
	var cs []contender
	for _, c := range contenders {
		if slices.Contains(wanted, c.name) {
			cs = append(cs, c)
		}
	}
	return cs, nil
}
