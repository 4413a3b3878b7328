package watcher

// fileSystem is what the kind of file system under a root means for us.
type fileSystem struct {
	Name    string // "ext4", "cifs", "nfs4", … as the system calls it
	Source  string // what is mounted: a device, "//nas/assets", …; may be empty
	Network bool   // other machines change it: files need a longer rest
	Events  bool   // the kernel reports all changes
	Lease   bool   // a read lease shows writers
	// StableIDs says that a file keeps its ID for as long as it exists.
	StableIDs bool
	// CoarseTimes says that two saves may get the same modification time.
	CoarseTimes bool
	Known       bool
}

// traits says what is known about a file system by its name.
func traits(name string) fileSystem {
	local := fileSystem{Name: name, Events: true, Lease: true, StableIDs: true, Known: true}
	switch name {
	case "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs", "overlay", "ramfs", "jfs", "reiserfs", "bcachefs", "zfs":
		return local
	case "vfat", "msdos", "exfat", "fuseblk", "ntfs", "ntfs3", "hfsplus":
		local.Lease, local.CoarseTimes = false, true
		return local
	case "nfs", "nfs4":
		return fileSystem{Name: name, Network: true, Lease: name == "nfs4", StableIDs: true, Known: true}
	case "cifs", "smb3", "smbfs", "smb2":
		return fileSystem{Name: name, Network: true, CoarseTimes: true, Known: true}
	case "9p", "ceph", "afs", "virtiofs", "vboxsf", "fuse", "ncpfs", "coda", "prl_fs", "glusterfs", "webdav", "afpfs":
		return fileSystem{Name: name, Network: true, Known: true}
	}
	return fileSystem{Name: name, Network: true}
}

// mode chooses between events and polling, and says why.
func (f fileSystem) mode(want Detect) (Detect, string) {
	switch {
	case want == Events && !f.Events:
		return Events, "as configured, although " + f.Name + " does not report every change"
	case want != Auto:
		return want, "as configured"
	case f.Events:
		return Events, f.Name + " reports changes"
	case !f.Known:
		return Poll, "the file system " + f.Name + " is not known to report changes"
	default:
		return Poll, f.Name + " reports only this machine's own changes"
	}
}
