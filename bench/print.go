// What a run prints: tables in Markdown, aligned, ready for docs/performance.md.
package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// printRuns prints a table for each run and, below it, how the run stands to the goals.
func printRuns(w io.Writer, rep report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", rep.Machine)
	for _, run := range rep.Runs {
		over := "plain TCP"
		if run.TLS {
			over = "TLS"
		}
		if run.HTTP2 {
			over = "HTTP/2"
		}
		if run.Renewal != kept {
			over += ", " + string(run.Renewal)
		}
		fmt.Fprintf(&b, "\nGET %s, %s, %d in flight, %d rounds of %d (%s)\n\n",
			run.Path, over, run.InFlight, run.Rounds, run.Per, run.Statistic)
		writeTable(&b, runTable(run))
		if lines := verdicts(run); len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s\n", strings.Join(lines, "\n"))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func runTable(run *comparison) [][]string {
	head := []string{"contender", "CPU µs", "CPU ÷ " + run.base(), "wall µs", "wall ÷ " + run.base(), "allocs", "bytes"}
	if run.Statistic == medianFirst {
		head = append(head, "MB/s")
	}
	table := [][]string{head}
	for _, r := range run.Rows {
		line := []string{
			r.Name,
			fmt.Sprintf("%.2f", r.Cost.CPU/1e3), ratioCell(r.CPURatio),
			fmt.Sprintf("%.2f", r.Cost.Wall/1e3), ratioCell(r.WallRatio),
			fmt.Sprintf("%.1f", r.Cost.Allocs), fmt.Sprintf("%.0f", r.Cost.Bytes),
		}
		if run.Statistic == medianFirst {
			line = append(line, fmt.Sprintf("%.0f", float64(run.size)*1e3/r.Cost.Wall))
		}
		table = append(table, line)
	}
	return table
}

// ratioCell is empty where the base took no part.
func ratioCell(ratio float64) string {
	if ratio == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", ratio)
}

// printIdle prints what idle connections weigh.
func printIdle(w io.Writer, rows []weight, n int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%d idle connections of each, one exchange done on each; bytes for one connection\n\n", thisMachine(), n)
	table := [][]string{{"client", "heap + stack", "over bare", "heap", "stack", "spans", "goroutines"}}
	for _, r := range rows {
		table = append(table, []string{
			r.Name,
			fmt.Sprintf("%.0f", r.Total()), fmt.Sprintf("%+.0f", r.OverBare),
			fmt.Sprintf("%.0f", r.Heap), fmt.Sprintf("%.0f", r.Stack), fmt.Sprintf("%.0f", r.Spans),
			fmt.Sprintf("%.2f", r.Goroutines),
		})
	}
	writeTable(&b, table)
	for _, r := range rows {
		if line := r.verdict(); line != "" {
			fmt.Fprintf(&b, "\n%s", line)
		}
	}
	fmt.Fprintln(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// printDecoding prints how fast bodies are decoded, and how that stands to the goal.
func printDecoding(w io.Writer, runs []*decoding) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nJSON records, decoded through 32 KiB, %d rounds in turn (CPU: median of the rounds; ratio: median by round)\n\n", thisMachine(), runs[0].Rounds)
	table := [][]string{{"coding, bytes", "coded", "godwit MB/s", "library MB/s", "godwit ÷ library", "allocs", "library's"}}
	var verdicts []string
	for _, d := range runs {
		speed := func(s sample) string { return fmt.Sprintf("%.0f", float64(d.Plain)*1e3/s.CPU) }
		name := fmt.Sprintf("%s, %d", d.Coding, d.Plain)
		table = append(table, []string{
			name, fmt.Sprint(d.Coded), speed(d.Ours), speed(d.Library), fmt.Sprintf("%.3f", d.Ratio),
			fmt.Sprintf("%.1f", d.Ours.Allocs), fmt.Sprintf("%.1f", d.Library.Allocs),
		})
		if d.Plain >= decodeGoalFrom {
			verdicts = append(verdicts, fmt.Sprintf("%s: %.3f (goal ≥ %.2f: %s)", name, d.Ratio, decodeGoal, metOrMissed(d.Ratio >= decodeGoal)))
		}
	}
	writeTable(&b, table)
	fmt.Fprintf(&b, "\n%s\n", strings.Join(verdicts, "\n"))
	_, err := io.WriteString(w, b.String())
	return err
}

// writeTable writes lines of cells as a Markdown table: the first column left, the others
// right.
func writeTable(b *strings.Builder, table [][]string) {
	widths := make([]int, len(table[0]))
	for _, line := range table {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, line := range table {
		for i, cell := range line {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString("| " + cell + pad)
			} else {
				b.WriteString(" | " + pad + cell)
			}
		}
		b.WriteString(" |\n")
		if n > 0 {
			continue
		}
		for i, width := range widths {
			if i == 0 {
				b.WriteString("|" + strings.Repeat("-", width+2))
			} else {
				b.WriteString("|" + strings.Repeat("-", width+1) + ":")
			}
		}
		b.WriteString("|\n")
	}
}
