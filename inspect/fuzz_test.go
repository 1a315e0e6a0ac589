package inspect_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"example.com/godwit/inspect"
	"example.com/godwit/trace"
)

// Whatever events say, in whatever order, what is written is an archive.
func FuzzHAR(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09"), "GET", "http://h/?a=1&token=s3cret#f", "Set-Cookie", "a=s3cret; Max-Age=99999999999999; Expires=x", []byte("a=1&password=s3cret"))
	f.Add([]byte("\x02\x04\x12\x14\x07\x17"), "\xff", "://%zz?=&&=&token", "Content-Type", "text/html; charset=\xff", []byte("\xff\x00"))
	f.Add([]byte("\x22\x24\x25\x26\x27"), "", "", "Location", "\x00?x=\xe4", []byte{})
	f.Fuzz(func(t *testing.T, order []byte, method, url, name, value string, body []byte) {
		if len(order) > 200 {
			return
		}
		har := &inspect.HAR{MaxBody: int64(len(body)/2 + 1), MaxBytes: 20 << 10}
		fields := trace.Fields{{Name: name, Value: value}, {Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
		for _, b := range order {
			id := uint64(b >> 4)
			har.Trace(t.Context(), []trace.Event{
				trace.PhaseStart{Exchange: id, Phase: trace.Phase(b % 9)},
				trace.PhaseDone{Exchange: id, Phase: trace.Phase(b % 9)},
				trace.RequestHead{Exchange: id, Call: id, Method: method, URL: url, Target: url, Proto: "HTTP/1.1", Fields: fields},
				trace.ResponseHead{Exchange: id, Proto: "HTTP/1.1", Status: int(binary.LittleEndian.Uint16(append(order, 0, 0))) % 1000, Reason: value, Fields: fields},
				trace.Data{Exchange: id, Up: b&1 == 0, P: body},
				trace.Content{Call: id, P: body},
				trace.Trailer{Exchange: id, Fields: fields},
				trace.Done{Exchange: id, Call: id, Err: errors.New(value)},
				trace.CallStart{Call: id, Method: method, Origin: url},
				trace.Tunnel{Exchange: id, Fields: fields, Reason: value},
			}[int(b&15)%10])
		}
		check(t, archive(t, har))
	})
}
