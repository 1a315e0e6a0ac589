//go:build race

package header

// raceSlows is how many times less there is to read under the race detector, which slows the
// reading down by more than that.
const raceSlows = 5
