// Package godwittest helps to test programs that use Godwit.
package godwittest
