// Package header reads and writes the values of header fields as types.
package header
