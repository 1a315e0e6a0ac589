package curl

// The names of the flags, for completion in shells.

// A FlagName is a flag as it is typed.
type FlagName struct {
	Name  string // without the dashes
	Short byte   // 0: none
	Arg   bool   // it takes an argument
}

// Flags returns the flags that there are.
func Flags() (names []FlagName) {
	for _, r := range allRows() {
		if r.refused == "" {
			names = append(names, FlagName{r.name, r.short, r.set != nil})
		}
	}
	return names
}
