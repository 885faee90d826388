// System calls that tests set scenes with and that Swift's Glibc module does not show.

#ifndef FIRN_CTESTCALLS_SHIM_H
#define FIRN_CTESTCALLS_SHIM_H

#include <stdint.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <linux/fs.h>

static inline dev_t test_device(unsigned major_number, unsigned minor_number) {
  return makedev(major_number, minor_number);
}

static inline unsigned test_device_major(dev_t device) { return major(device); }

static inline unsigned test_device_minor(dev_t device) { return minor(device); }

static inline int test_set_inode_flags(int descriptor, uint32_t flags) {
  return ioctl(descriptor, FS_IOC_SETFLAGS, &flags);
}

#endif
