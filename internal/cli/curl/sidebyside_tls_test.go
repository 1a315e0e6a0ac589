package curl

// Side by side with the real curl over TLS.

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/godwit/internal/cli/testserver"
	"example.com/godwit/internal/realserver"
)

func TestSideBySideTLS(t *testing.T) {
	curl := realserver.Program(t, "curl")
	s, err := testserver.Start(testserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	dir := t.TempDir()
	notPEM := filepath.Join(dir, "not.pem")
	if err := os.WriteFile(notPEM, []byte("this is no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const badPin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	const w = " -o /dev/null -w '%{http_code} %{http_version} %{scheme} %{ssl_verify_result} %{num_certs}'"
	for _, line := range []string{
		"-sS --cacert {CA} {S}/get" + w,
		"-sS -k {S}/get -o /dev/null -w '%{http_code} %{http_version}'",
		"-sS {S}/get -o /dev/null -w '%{http_code} %{exitcode}'",
		"-sS --cacert {CA} --http1.1 {S}/get" + w,
		"-sS --cacert {CA} --http2 {S}/get" + w,
		"-sS --cacert {CA} --tls-max 1.2 {S}/get" + w,
		"-sS --cacert {CA} --tlsv1.3 {S}/get" + w,
		"-sS --cacert {CA} --tlsv1.3 --tls-max 1.2 {S}/get",
		"-sS --cacert {CA} --ciphers ECDHE-ECDSA-AES128-GCM-SHA256 --tls-max 1.2 {S}/get" + w,
		"-sS --cacert {CA} --curves X25519 {S}/get" + w,
		"-sS --cacert {CA} --pinnedpubkey " + badPin + " {S}/get",
		"-sS -k --pinnedpubkey " + badPin + " {S}/get",
		"-sS --cacert {N} {S}/get",
		"-sS --cacert {CA} --cert {N} {S}/get",
		"-sS --cacert {CA} --resolve other.example:{SP}:127.0.0.1 https://other.example:{SP}/get",
		"-sS {H}/get --http1.1 -o /dev/null -w '%{http_version}'",
		"-sS https://{HA}/get", // it speaks plain HTTP
		"-sS --http2-prior-knowledge --cacert {CA} {S}/get" + w,
		"-sS -L --cacert {CA} '{S}/redirect/3' -o /dev/null -w '%{num_redirects} %{http_code}'",
		"-sS --cacert {CA} -F a=1 {S}/post -o /dev/null -w '%{http_code}'",
		"-sS --cacert {CA} -m 0.5 {S}/delay/5",
		"-sS --cacert {CA} {S}/status/418 -o /dev/null -w '%{http_code}' -f",
	} {
		t.Run(line, func(t *testing.T) {
			args := split(strings.NewReplacer(
				"{S}", s.HTTPS, "{H}", s.HTTP, "{HA}", strings.TrimPrefix(s.HTTP, "http://"), "{CA}", s.CAFile, "{N}", notPEM,
				"{SP}", s.HTTPS[strings.LastIndex(s.HTTPS, ":")+1:],
			).Replace(line))
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			real, ours := runReal(ctx, t, curl, dir, "", args), runOurs(ctx, dir, "", args)
			if diff := compare(real, ours); diff != "" {
				t.Error(diff)
			}
		})
	}
}
