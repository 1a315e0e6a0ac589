//go:build !race

package conn_test

// raceEnabled says that the race detector is at work, which allocates.
const raceEnabled = false
