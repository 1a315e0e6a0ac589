//go:build !race

package auth

const raceSlows = 1
