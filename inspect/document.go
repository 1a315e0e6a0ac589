package inspect

// The format: HTTP Archive 1.2, with what browsers have added to it, and what we add. Fields of our
// own begin with an underscore, as the format asks for.

type creator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type entry struct {
	Started    string       `json:"startedDateTime"`
	Time       milliseconds `json:"time"`
	Request    request      `json:"request"`
	Response   response     `json:"response"`
	Cache      struct{}     `json:"cache"`
	Timings    timings      `json:"timings"`
	ServerIP   string       `json:"serverIPAddress,omitempty"`
	Connection string       `json:"connection,omitempty"`
	Comment    string       `json:"comment,omitempty"`

	Error      string    `json:"_error,omitempty"`
	ErrorPhase string    `json:"_errorPhase,omitempty"`
	Call       uint64    `json:"_call,omitempty"`
	Reused     bool      `json:"_reused,omitempty"`
	TLS        *tlsState `json:"_tls,omitempty"`
	Tunnels    []tunnel  `json:"_tunnels,omitempty"`
	Interim    []interim `json:"_interim,omitempty"`
	Trailers   []pair    `json:"_trailers,omitempty"`
}

type request struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []cookie  `json:"cookies"`
	Headers     []pair    `json:"headers"`
	QueryString []pair    `json:"queryString"`
	PostData    *postData `json:"postData,omitempty"`
	HeadersSize int64     `json:"headersSize"`
	BodySize    int64     `json:"bodySize"`
}

type response struct {
	Status      int      `json:"status"`
	StatusText  string   `json:"statusText"`
	HTTPVersion string   `json:"httpVersion"`
	Cookies     []cookie `json:"cookies"`
	Headers     []pair   `json:"headers"`
	Content     content  `json:"content"`
	RedirectURL string   `json:"redirectURL"`
	HeadersSize int64    `json:"headersSize"`
	BodySize    int64    `json:"bodySize"`

	TransferSize int64  `json:"_transferSize"`
	Error        string `json:"_error,omitempty"` // where Chrome has it
}

type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type cookie struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Path     string `json:"path,omitempty"`
	Domain   string `json:"domain,omitempty"`
	Expires  string `json:"expires,omitempty"`
	HTTPOnly bool   `json:"httpOnly,omitempty"`
	Secure   bool   `json:"secure,omitempty"`
	SameSite string `json:"sameSite,omitempty"`
}

type postData struct {
	MimeType string `json:"mimeType"`
	Params   []pair `json:"params,omitempty"`
	Text     string `json:"text"`
	Comment  string `json:"comment,omitempty"`
	Encoding string `json:"_encoding,omitempty"`
}

type content struct {
	Size        int64  `json:"size"`
	Compression *int64 `json:"compression,omitempty"`
	MimeType    string `json:"mimeType"`
	Text        string `json:"text,omitempty"`
	Encoding    string `json:"encoding,omitempty"`
	Comment     string `json:"comment,omitempty"`
}

// milliseconds are -1 where the format says so.
type milliseconds float64

type timings struct {
	Blocked milliseconds `json:"blocked"`
	DNS     milliseconds `json:"dns"`
	Connect milliseconds `json:"connect"`
	SSL     milliseconds `json:"ssl"`
	Send    milliseconds `json:"send"`
	Wait    milliseconds `json:"wait"`
	Receive milliseconds `json:"receive"`
}

type tlsState struct {
	Version    string `json:"version"`
	Cipher     string `json:"cipher"`
	Protocol   string `json:"protocol,omitempty"` // by ALPN
	ServerName string `json:"serverName,omitempty"`
	Resumed    bool   `json:"resumed,omitempty"`
}

type tunnel struct {
	Proxy      string `json:"proxy"`
	Target     string `json:"target"`
	Status     int    `json:"status"`
	StatusText string `json:"statusText"`
	Headers    []pair `json:"headers"`
}

type interim struct {
	Status     int    `json:"status"`
	StatusText string `json:"statusText"`
	Headers    []pair `json:"headers"`
}
