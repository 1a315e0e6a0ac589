package trace_test

import (
	"fmt"
	"time"

	"example.com/godwit/trace"
)

// A field that is 0 is what an outer level says, and in the end the default.
func ExampleLimits() {
	session := trace.Limits{Connect: 3 * time.Second, Wait: -1}
	call := trace.Limits{Wait: 5 * time.Second}
	limits := call.Or(session)

	fmt.Println(limits.Of(trace.Connect), limits.Of(trace.Wait), limits.Of(trace.DNS))
	fmt.Println(session.Of(trace.Wait) == 0) // negative: none
	// Output:
	// 3s 5s 10s
	// true
}

// Whatever prints or logs fields goes through Redact.
func ExampleRedact() {
	fields := trace.Fields{
		{Name: "Accept", Value: "*/*"},
		{Name: "authorization", Value: "Bearer s3cret"},
		{Name: "X-Internal", Value: "s3cret", Secret: true},
	}
	for _, f := range trace.Redact(fields) {
		fmt.Println(f.Name+":", f.Value)
	}
	// Output:
	// Accept: */*
	// authorization: •••
	// X-Internal: •••
}
