module example.com/godwit

go 1.26.0

require (
	github.com/dunglas/httpsfv v1.1.2
	github.com/gogs/chardet v0.0.0-20211120154057-b7413eaefb8f
	github.com/icholy/digest v1.2.0
	github.com/klauspost/compress v1.20.3
	github.com/mccutchen/go-httpbin/v2 v2.26.0
	go.uber.org/goleak v1.3.0
	golang.org/x/net v0.62.0
	golang.org/x/oauth2 v0.37.0
	golang.org/x/term v0.47.0
	golang.org/x/text v0.43.0
)

require golang.org/x/sys v0.49.0 // indirect
