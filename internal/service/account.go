package service

import (
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// VirtualAccount is the account that Windows makes for a service: without a
// password, with its own rights to local files and none to shares.
func VirtualAccount(name string) string { return `NT SERVICE\` + name }

// ServiceSID is the security identifier of a service's virtual account: S-1-5-80 and
// the SHA-1 of the name in upper case, as five numbers ([MS-DTYP] 2.4.2.4).
func ServiceSID(name string) string {
	var raw []byte
	for _, u := range utf16.Encode([]rune(strings.ToUpper(name))) {
		raw = binary.LittleEndian.AppendUint16(raw, u)
	}
	sum := sha1.Sum(raw)
	sid := "S-1-5-80"
	for i := 0; i < len(sum); i += 4 {
		sid += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(sum[i:]))
	}
	return sid
}
