package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestIdle(t *testing.T) {
	var rep report
	if err := json.Unmarshal([]byte(bench(t, "-idle", "24", "-json")), &rep); err != nil {
		t.Fatal(err)
	}
	// Goroutines are no matter of the machine: net/http has two for a connection.
	want := map[string]float64{
		"net.Conn": 0, "tls.Conn": 0,
		"transport": 0, "transport, TLS": 0,
		"net/http": 2, "net/http, TLS": 2,
	}
	if len(rep.Idle) != len(want) {
		t.Errorf("%d rows instead of %d", len(rep.Idle), len(want))
	}
	for _, row := range rep.Idle {
		n, ok := want[row.Name]
		if !ok || row.Goroutines != n {
			t.Errorf("%s: %v goroutines instead of %v", row.Name, row.Goroutines, n)
		}
		if row.Heap <= 0 {
			t.Errorf("%s: a heap of %v bytes", row.Name, row.Heap)
		}
	}
}

func TestPrintIdle(t *testing.T) {
	var out strings.Builder
	rows := []weight{
		{Name: "net.Conn", Heap: 700, Spans: 710},
		{Name: "transport", Heap: 1150, Spans: 1160, OverBare: 450, bound: 1200},
		{Name: "transport, TLS", Heap: 9000, Spans: 9100, OverBare: 1300, bound: 1200, over: true},
	}
	if err := printIdle(&out, rows, 2000); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| net.Conn       |          700 |        +0 |  700 |     0 |   710 |       0.00 |",
		"transport: 1150 bytes, 0.00 goroutines (goal ≤ 1200 and 0: met)",
		"transport, TLS: 1300 bytes more than bare, 0.00 goroutines (goal ≤ 1200 and 0: missed)",
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}
