package daemon

import "golang.org/x/sys/windows"

// userOf is the account whom the file belongs to, as DOMAIN\name, its security
// identifier where it has no name here, and empty when the system does not tell.
func userOf(path string) string {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return ""
	}
	sid, _, err := sd.Owner()
	if err != nil || sid == nil {
		return ""
	}
	name, domain, _, err := sid.LookupAccount("")
	if err != nil {
		return sid.String()
	}
	if domain != "" {
		name = domain + `\` + name
	}
	return name
}
