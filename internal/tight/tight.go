// Package tight makes disks without room, for tests on Linux: what is written there
// ends at a limit that the test moves. Four kinds, since a disk can lack room in as
// many ways: bytes and files of a small file system (ENOSPC), and bytes under a real
// quota (EDQUOT), which no figure of the file system foretells.
//
// Making one needs the right to mount; without it the test is skipped.
package tight
