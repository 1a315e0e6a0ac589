//go:build race

package cookiejar

// raceEnabled: the race detector allocates by itself, so nothing is counted under it.
const raceEnabled = true
