//go:build race

package cookiejar

// raceEnabled: the race detector allocates by itself, so nothing is counted under it.
const raceEnabled = true

// raceSlows is how many times fewer rounds there are under it, for each takes that much longer.
const raceSlows = 4
