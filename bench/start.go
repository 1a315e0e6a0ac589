// Cold starts: the command godwit beside curl and HTTPie, one process for each GET.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A starter is a program that is started anew for each request.
type starter struct {
	Name      string
	Wall, CPU []float64 `json:"-"` // milliseconds, one for each start
	MedianMS  float64
	CPUMS     float64 // user and system
	args      []string
	seldom    int // it takes its turn in each so manieth round only
}

// startGoals bound the ratio of the medians: what is divided, by what, and how.
var startGoals = []struct {
	name, by string
	least    bool
	bound    float64
}{
	{"godwit", "curl", false, 1},
	{"HTTPie", "godwit", true, 20},
}

// compareStarts builds the command and starts it in turn with the others that there are.
func compareStarts(ctx context.Context, url string, rounds int) (all []*starter, err error) {
	dir, err := os.MkdirTemp("", "godwit-bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	godwit := filepath.Join(dir, "godwit")
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "example.com/godwit").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", godwit, "./cmd/godwit")
	build.Dir = strings.TrimSpace(string(root)) // whose go.mod knows what the command needs
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	all = []*starter{{Name: "godwit", args: []string{godwit, "--ignore-stdin", url}, seldom: 1}}
	if path, err := exec.LookPath("curl"); err == nil {
		all = append(all, &starter{Name: "curl", args: []string{path, "-s", url}, seldom: 1})
	}
	if path, err := exec.LookPath("http"); err == nil {
		all = append(all, &starter{Name: "HTTPie", args: []string{path, "--ignore-stdin", url}, seldom: 20})
	}
	for round := -1; round < rounds; round++ { // the first warms the caches, and does not count
		for i := range all {
			s := all[(i+max(round, 0))%len(all)] // nobody always follows the same neighbour
			if round >= 0 && round%s.seldom != 0 {
				continue
			}
			if err := s.start(ctx, round >= 0); err != nil {
				return nil, err
			}
		}
	}
	for _, s := range all {
		s.MedianMS, s.CPUMS = middle(s.Wall), middle(s.CPU)
	}
	return all, nil
}

// start runs the program once.
func (s *starter) start(ctx context.Context, counts bool) error {
	cmd := exec.CommandContext(ctx, s.args[0], s.args[1:]...)
	var out strings.Builder
	cmd.Stdout = &out
	begun := time.Now()
	err := cmd.Run()
	took := time.Since(begun)
	if err != nil || out.Len() != small.size {
		return fmt.Errorf("%s: %w, %d bytes", s.Name, err, out.Len())
	}
	if counts {
		p := cmd.ProcessState
		s.Wall = append(s.Wall, took.Seconds()*1e3)
		s.CPU = append(s.CPU, (p.UserTime()+p.SystemTime()).Seconds()*1e3)
	}
	return nil
}

// printStarts prints the medians, and how they stand to the goals.
func printStarts(w io.Writer, all []*starter) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nOne process for each GET of 100 bytes on 127.0.0.1, in turn; milliseconds, medians\n\n", thisMachine())
	table := [][]string{{"program", "starts", "wall ms", "CPU ms", "quickest", "wall ÷ godwit"}}
	of := map[string]float64{}
	for _, s := range all {
		of[s.Name] = s.MedianMS
		table = append(table, []string{
			s.Name, fmt.Sprint(len(s.Wall)), fmt.Sprintf("%.2f", s.MedianMS), fmt.Sprintf("%.2f", s.CPUMS),
			fmt.Sprintf("%.2f", slices.Min(s.Wall)), fmt.Sprintf("%.2f", s.MedianMS/all[0].MedianMS),
		})
	}
	writeTable(&b, table)
	for _, g := range startGoals {
		if of[g.name] == 0 || of[g.by] == 0 {
			continue
		}
		ratio, sign := of[g.name]/of[g.by], "≤"
		met := ratio <= g.bound
		if g.least {
			sign, met = "≥", ratio >= g.bound
		}
		fmt.Fprintf(&b, "\n%s ÷ %s: %.2f (goal %s %.0f: %s)", g.name, g.by, ratio, sign, g.bound, metOrMissed(met))
	}
	fmt.Fprintln(&b)
	_, err := io.WriteString(w, b.String())
	return err
}
