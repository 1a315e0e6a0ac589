package tlstest

// Encrypted Client Hello (RFC 9849): lists of configurations, and servers that know their keys
// or do not.

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"testing"

	"example.com/godwit/tlserr"
)

// publicName is the one that all may see.
const publicName = "public.example"

// ECH makes a key, with a list of one configuration for it under the public name.
func ECH(t testing.TB, id uint8, public string) (list []byte, key tls.EncryptedClientHelloKey) {
	t.Helper()
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const x25519, sha256, aes128, draft = 0x0020, 0x0001, 0x0001, 0xfe0d
	content := binary.BigEndian.AppendUint16([]byte{id}, x25519)
	content = appendSized(content, private.PublicKey().Bytes())
	content = appendSized(content, []byte{0, sha256, 0, aes128})
	content = append(content, 0, uint8(len(public))) // no hint of how long names are
	content = append(content, public...)
	content = appendSized(content, nil) // no extensions
	config := appendSized(binary.BigEndian.AppendUint16(nil, draft), content)
	return appendSized(nil, config), tls.EncryptedClientHelloKey{Config: config, PrivateKey: private.Bytes(), SendAsRetry: true}
}

// appendSized appends what is to be after its length in two bytes.
func appendSized(to, what []byte) []byte {
	return append(binary.BigEndian.AppendUint16(to, uint16(len(what))), what...)
}

// encrypted are servers of whose key the client knows another, or which have none.
func (m *maker) encrypted() {
	t := m.t
	old, _ := ECH(t, 1, publicName)
	_, key := ECH(t, 2, publicName)
	certificates := []tls.Certificate{m.root.Leaf(t, host).Chain(), m.root.Leaf(t, publicName).Chain()}
	offer := func(c *tls.Config) { c.EncryptedClientHelloConfigList = old }

	f := m.add(Fixture{Name: "ech-key-changed", Want: tlserr.ECHRejected, Says: []string{"--ech="}, Client: offer, Fix: "the list that it sends"}, certificates[0])
	f.Config.Certificates, f.Config.EncryptedClientHelloKeys = certificates, []tls.EncryptedClientHelloKey{key}
	f = m.add(Fixture{Name: "ech-unknown", Want: tlserr.ECHRejected, Says: []string{"ECHConfigList"}, Client: offer}, certificates[0])
	f.Config.Certificates = certificates
}

// encryptedWell is a server that knows the key.
func (m *maker) encryptedWell() {
	list, key := ECH(m.t, 1, publicName)
	f := m.add(Fixture{Name: "ech", Client: func(c *tls.Config) { c.EncryptedClientHelloConfigList = list }}, m.root.Leaf(m.t, host).Chain())
	f.Config.EncryptedClientHelloKeys = []tls.EncryptedClientHelloKey{key}
}
