// Package nearest knows how much one word is like another.
package nearest

// tooLong is from where on the work is not worth it: no name is so long.
const tooLong = 60

// Distance is how many letters must be added, taken away or altered to make b of a; of a word of
// more than 60 letters its length.
func Distance(a, b string) int {
	if len(a) > tooLong {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
