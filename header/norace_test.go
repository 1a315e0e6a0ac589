//go:build !race

package header

const raceSlows = 1
