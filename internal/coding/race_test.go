//go:build race

package coding

// raceEnabled: under the race detector pools drop what they are given at random.
const raceEnabled = true
