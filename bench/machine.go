// The machine a run was made on: figures without it mean nothing.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

type machine struct {
	CPU    string // the model's name; "" where the system does not tell
	CPUs   int    // that Go may use
	Kernel string
	Go     string
}

func thisMachine() machine {
	m := machine{CPUs: runtime.GOMAXPROCS(0), Kernel: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel += " " + strings.TrimSpace(string(release))
	}
	return m
}

func (m machine) String() string {
	cpu := m.CPU
	if cpu == "" {
		cpu = "unknown CPU"
	}
	return fmt.Sprintf("%s, %d CPUs, %s, %s", cpu, m.CPUs, m.Kernel, m.Go)
}
