//go:build race

package auth

// raceSlows is how many times fewer rounds there are under the race detector, for each takes that
// much longer.
const raceSlows = 4
