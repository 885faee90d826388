// Linux system calls that Swift's Glibc module does not show, because it is built without _GNU_SOURCE.
//
// Every wrapper answers as the kernel does: zero or a positive result, or a negative errno. So nothing that Swift
// runs between the call and the check can overwrite the error number.

#ifndef FIRN_CLINUX_SHIM_H
#define FIRN_CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

// Flags whose public names need _GNU_SOURCE; the numbers are the same on all architectures.
enum {
  CLINUX_AT_NO_AUTOMOUNT = 0x800,
  CLINUX_AT_EMPTY_PATH = 0x1000,
  CLINUX_AT_STATX_SYNC_AS_STAT = 0,
  CLINUX_SEEK_DATA = 3,
  CLINUX_SEEK_HOLE = 4,
  CLINUX_RENAME_NOREPLACE = 1,
  CLINUX_RENAME_EXCHANGE = 2,
  CLINUX_SYNC_FILE_RANGE_WRITE = 2,
  CLINUX_STATX_MNT_ID = 0x1000,
  CLINUX_LABEL_CAPACITY = FSLABEL_MAX,
  CLINUX_F_OFD_GETLK = 36,
  CLINUX_F_OFD_SETLK = 37,
#ifdef __aarch64__
  CLINUX_O_DIRECT = 0200000,
#else
  CLINUX_O_DIRECT = 040000,
#endif
};

static inline long clinux_result(long result) { return result < 0 ? -(long)errno : result; }

static inline int clinux_statx(int directory, const char *path, int flags, unsigned mask, struct statx *status) {
  return (int)clinux_result(syscall(SYS_statx, directory, path, flags, mask, status));
}

static inline long clinux_getdents64(int descriptor, void *buffer, size_t capacity) {
  return clinux_result(syscall(SYS_getdents64, descriptor, buffer, capacity));
}

// The kernel's headers know this flag from Linux 6.14 on.
#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE 0x80
#endif

static inline long clinux_pread_dropping(int descriptor, void *buffer, size_t count, int64_t offset) {
  struct iovec part = {buffer, count};
  // The offset's upper half is for machines of 32 bits.
  return clinux_result(syscall(SYS_preadv2, descriptor, &part, 1, offset, 0, RWF_DONTCACHE));
}

static inline int clinux_renameat2(int from, const char *old_path, int to, const char *new_path, unsigned flags) {
  return (int)clinux_result(syscall(SYS_renameat2, from, old_path, to, new_path, flags));
}

static inline int clinux_fallocate(int descriptor, int mode, int64_t offset, int64_t length) {
  return (int)clinux_result(syscall(SYS_fallocate, descriptor, mode, offset, length));
}

static inline int clinux_sync_file_range(int descriptor, int64_t offset, int64_t length, unsigned flags) {
  return (int)clinux_result(syscall(SYS_sync_file_range, descriptor, offset, length, flags));
}

static inline int clinux_fdatasync(int descriptor) { return (int)clinux_result(fdatasync(descriptor)); }

static inline int clinux_block_device_size(int descriptor, uint64_t *bytes) {
  return (int)clinux_result(ioctl(descriptor, BLKGETSIZE64, bytes));
}

static inline int clinux_block_device_is_read_only(int descriptor, int *flag) {
  return (int)clinux_result(ioctl(descriptor, BLKROGET, flag));
}

// A lock on one byte that belongs to the open file description, so to all threads that use the descriptor and to nobody
// else in the process.
static inline int clinux_lock_byte(int descriptor, short type, int64_t offset) {
  struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  return (int)clinux_result(fcntl(descriptor, CLINUX_F_OFD_SETLK, &range));
}

// 1 if another open file description has the byte locked.
static inline int clinux_byte_is_locked(int descriptor, int64_t offset) {
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  long result = clinux_result(fcntl(descriptor, CLINUX_F_OFD_GETLK, &range));
  return result < 0 ? (int)result : range.l_type != F_UNLCK;
}

static inline int clinux_fstatfs(int descriptor, struct statfs *status) {
  return (int)clinux_result(fstatfs(descriptor, status));
}

// The two requests are declared with a long and carry an int.
static inline int clinux_get_inode_flags(int descriptor, uint32_t *flags) {
  return (int)clinux_result(ioctl(descriptor, FS_IOC_GETFLAGS, flags));
}

static inline int clinux_set_inode_flags(int descriptor, uint32_t flags) {
  return (int)clinux_result(ioctl(descriptor, FS_IOC_SETFLAGS, &flags));
}

// Of Linux 6.9; the headers may be older.
struct clinux_fsuuid {
  uint8_t length;
  uint8_t bytes[16];
};

static inline int clinux_get_filesystem_uuid(int descriptor, struct clinux_fsuuid *uuid) {
  return (int)clinux_result(ioctl(descriptor, _IOR(0x15, 0, struct clinux_fsuuid), uuid));
}

// The label is of FSLABEL_MAX bytes, with a NUL at its end.
static inline int clinux_get_filesystem_label(int descriptor, char *label) {
  return (int)clinux_result(ioctl(descriptor, FS_IOC_GETFSLABEL, label));
}

static inline long clinux_flistxattr(int descriptor, void *names, size_t capacity) {
  return clinux_result(flistxattr(descriptor, (char *)names, capacity));
}

static inline long clinux_llistxattr(const char *path, void *names, size_t capacity) {
  return clinux_result(llistxattr(path, (char *)names, capacity));
}

static inline long clinux_fgetxattr(int descriptor, const char *name, void *value, size_t capacity) {
  return clinux_result(fgetxattr(descriptor, name, value, capacity));
}

static inline long clinux_lgetxattr(const char *path, const char *name, void *value, size_t capacity) {
  return clinux_result(lgetxattr(path, name, value, capacity));
}

static inline int clinux_fsetxattr(int descriptor, const char *name, const void *value, size_t size) {
  return (int)clinux_result(fsetxattr(descriptor, name, value, size, 0));
}

static inline int clinux_lsetxattr(const char *path, const char *name, const void *value, size_t size) {
  return (int)clinux_result(lsetxattr(path, name, value, size, 0));
}

static inline int clinux_fremovexattr(int descriptor, const char *name) {
  return (int)clinux_result(fremovexattr(descriptor, name));
}

static inline int clinux_lremovexattr(const char *path, const char *name) {
  return (int)clinux_result(lremovexattr(path, name));
}

#endif
