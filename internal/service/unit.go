package service

import (
	"fmt"
	"strings"
)

// The systemd units. Every line has its reason above it, because the files are what
// people read when something is refused. systemd.service(5), systemd.exec(5) and
// systemd.unit(5) define the keys; the escaping is systemd.syntax(7)'s.

// section is a unit's section: its name and lines.
type section struct {
	name  string
	lines []directive
}

// directive is one line of a unit with the comment above it; lines that belong
// together have one comment, at the first.
type directive struct{ why, key, value string }

// UserUnit is the unit for the user's own systemd: it runs as the user, from login
// to logout, or from boot where lingering is on.
func UserUnit(s Spec) (string, error) {
	if err := s.check(posixAbs); err != nil {
		return "", err
	}
	return userUnit(command(s.Exec, s.Args()...)), nil
}

// PackagedUserUnit is UserUnit for every user of a machine: the configuration is
// found in each one's own folder.
func PackagedUserUnit(exec string) string {
	return userUnit(quotedExec(exec) + ` "--config" "%E/simdrop/config.yaml" "run"`)
}

func userUnit(start string) string {
	return unitText("simdrop in the user's session. Drop-ins in simdrop.service.d/*.conf change single lines.",
		section{"Unit", append(unitHead("simdrop: SimReady USD beside dropped 3D assets"), restartLimit...)},
		section{"Service", join2(serviceHead, []directive{
			{"", "ExecStart", start},
		}, restart, []directive{
			// A user's systemd can only take rights away that need no privilege: the
			// rest of the system unit's list makes the start fail there.
			{"No helper may gain rights that the user does not have.", "NoNewPrivileges", "yes"},
			{"What a converter has no use for.", "RestrictSUIDSGID", "yes"},
			{"", "RestrictRealtime", "yes"},
			{"", "LockPersonality", "yes"},
			{"", "SystemCallArchitectures", "native"},
		})},
		section{"Install", []directive{{"A user's systemd has no multi-user.target: this is what starts at login.", "WantedBy", "default.target"}}})
}

// SystemUnit is the unit for the machine's systemd, running as the Spec's account.
func SystemUnit(s Spec) (string, error) {
	if err := s.check(posixAbs); err != nil {
		return "", err
	}
	if !accounts.MatchString(s.RunAs) {
		return "", fmt.Errorf("%q is no account", s.RunAs)
	}
	return systemUnit(s.RunAs, s.Name, command(s.Exec, s.Args()...)), nil
}

// TemplateUnit is the system unit of the packages: simdrop@ana.service runs as ana
// with /etc/simdrop/ana.yaml.
func TemplateUnit(exec string) string {
	return systemUnit("%i", DefaultName, quotedExec(exec)+` "--config" "/etc/simdrop/%i.yaml" "run"`)
}

func systemUnit(account, name, start string) string {
	return unitText("simdrop as a service of the machine. Drop-ins in NAME.service.d/*.conf change single lines.",
		section{"Unit", join2(unitHead("simdrop for "+account), []directive{
			{"Shares and providers need the network; both are waited for, neither must be there.", "Wants", "network-online.target"},
			{"", "After", "network-online.target remote-fs.target"},
		}, restartLimit)},
		section{"Service", join2(serviceHead, []directive{
			{"The account whose files are watched and whose results these are. Never root.", "User", account},
			{"", "ExecStart", start},
		}, restart, []directive{
			{"Every watched folder takes a descriptor where the system has no better way.", "LimitNOFILE", "65536"},
			{"/var/lib, /etc, /var/log, /var/cache and /run: made by systemd, owned by the account, told to simdrop.", "StateDirectory", name + "/" + account},
			{"", "ConfigurationDirectory", "simdrop"},
			{"", "LogsDirectory", name + "/" + account},
			{"", "CacheDirectory", name + "/" + account},
			{"", "RuntimeDirectory", name + "/" + account},
			{"For the state; the modes of results are set one by one.", "UMask", "0077"},
		}, hardening)},
		section{"Install", []directive{{"Start at boot, once enabled.", "WantedBy", "multi-user.target"}}})
}

func unitHead(description string) []directive {
	return []directive{
		{"", "Description", description},
		{"", "Documentation", "man:simdrop(1)"},
	}
}

var restartLimit = []directive{
	{"Five failed starts in five minutes are no accident: then it stays down, as failed.", "StartLimitIntervalSec", "300"},
	{"", "StartLimitBurst", "5"},
}

var serviceHead = []directive{
	{"Started is when simdrop says so: the queue is open and the control API answers.", "Type", "notify"},
	{"Only the daemon speaks for itself, not the converter it starts.", "NotifyAccess", "main"},
}

var restart = []directive{
	{"A crash is mended by starting again: every step is on disk before it is taken.", "Restart", "on-failure"},
	{"", "RestartSec", "3"},
	{"A wrong configuration (exit code 2) is not mended by starting again.", "RestartPreventExitStatus", "2"},
	{"A crash leaves its trace in the journal; a dump of the memory would have the keys in it.", "LimitCORE", "0"},
	{"Running steps may finish; simdrop asks for more time while they do.", "TimeoutStopSec", "30"},
	{"The loop that owns the queue has to come round at least once a minute.", "WatchdogSec", "60"},
}

// hardening is what a system unit gives up. /home, /srv, /mnt and /media stay as they
// are: that is where the watched folders are. ProtectSystem=strict would make
// them read-only, ProtectHome= would hide ~/Pictures; MemoryDenyWriteExecute= would
// hold for a converter's helpers too, and some of those compile at run time.
var hardening = []directive{
	{"/usr, /boot and /etc are read-only.", "ProtectSystem", "full"},
	{"No capability at all, and no way to get one.", "CapabilityBoundingSet", ""},
	{"", "NoNewPrivileges", "yes"},
	{"A /tmp and /var/tmp of its own: folders there cannot be watched.", "PrivateTmp", "yes"},
	{"Only /dev/null and its like.", "PrivateDevices", "yes"},
	{"", "DevicePolicy", "closed"},
	{"The machine's name, clock, kernel and control groups are none of its business.", "ProtectHostname", "yes"},
	{"", "ProtectClock", "yes"},
	{"", "ProtectKernelTunables", "yes"},
	{"", "ProtectKernelModules", "yes"},
	{"", "ProtectKernelLogs", "yes"},
	{"", "ProtectControlGroups", "yes"},
	{"Other people's processes cannot be seen. Limits in /proc/sys cannot be read either, which doctor says.", "ProtectProc", "invisible"},
	{"", "ProcSubset", "pid"},
	{"The network, and the kernel's answers about it.", "RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"},
	{"What a converter has no use for.", "RestrictNamespaces", "yes"},
	{"", "RestrictRealtime", "yes"},
	{"", "RestrictSUIDSGID", "yes"},
	{"", "LockPersonality", "yes"},
	{"System calls of ordinary services, without those that need privileges; a refused one is an error, not death.", "SystemCallArchitectures", "native"},
	{"", "SystemCallFilter", "@system-service"},
	{"", "SystemCallFilter", "~@privileged @resources"},
	{"", "SystemCallErrorNumber", "EPERM"},
}

func join2(lists ...[]directive) []directive {
	var all []directive
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func unitText(head string, sections ...section) string {
	var b strings.Builder
	b.WriteString("# " + head + "\n")
	for _, s := range sections {
		b.WriteString("\n[" + s.name + "]\n")
		for _, d := range s.lines {
			if d.why != "" {
				b.WriteString("# " + d.why + "\n")
			}
			b.WriteString(d.key + "=" + d.value + "\n")
		}
	}
	return b.String()
}

// command is an ExecStart value.
func command(exec string, args ...string) string {
	var b strings.Builder
	b.WriteString(quotedExec(exec))
	for _, a := range args {
		b.WriteString(" " + quotedArg(a))
	}
	return b.String()
}

var (
	unitEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`)
	argEscapes  = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`)
)

// quotedExec is the program in an ExecStart: variables are not replaced there.
func quotedExec(s string) string { return `"` + unitEscapes.Replace(s) + `"` }

// quotedArg is an argument in an ExecStart, where $ and ${} are variables.
func quotedArg(s string) string { return `"` + argEscapes.Replace(s) + `"` }
