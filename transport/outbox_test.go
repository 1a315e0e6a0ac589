package transport

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// deaf is a connection that takes nothing, or nothing for a while.
type deaf struct {
	err   error
	after time.Duration
}

func (f deaf) Write([]byte) (int, error) {
	time.Sleep(f.after)
	return 0, f.err
}

// Who writes is told that nothing can be sent when it is known why, and not before: net/http would
// close the connection, and that would be all that is known.
func TestOutboxTellsWhyFirst(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		to    deaf
		first int // bytes
		want  error
	}{
		"the connection is broken": {deaf{broken, 0}, 1, broken},
		"nothing is taken":         {deaf{broken, time.Hour}, mostOutbox + 1, errOutbox},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				known, told := make(chan bool), 0
				o := outbox{to: c.to, lost: func(err error) {
					if told++; err != c.want {
						t.Errorf("%v, want %v", err, c.want)
					}
					<-known
				}}
				write := func(n int) error {
					_, err := o.Write(make([]byte, n))
					synctest.Wait()
					return err
				}
				if err := errors.Join(write(c.first), write(1)); err != nil {
					t.Errorf("too early: %v", err)
				}
				close(known)
				synctest.Wait()
				if err := write(1); err != c.want {
					t.Errorf("%v, want %v", err, c.want)
				}
				time.Sleep(2 * time.Hour)
				if told != 1 {
					t.Errorf("told %d times", told)
				}
			})
		})
	}
}
