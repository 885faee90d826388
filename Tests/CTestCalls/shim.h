// System calls that tests set scenes with and that Swift's Glibc module does not show.
//
// They are declared here, as glibc has them, rather than included: their headers would make types that Swift knows from
// Glibc belong to this module as well.

#ifndef FIRN_CTESTCALLS_SHIM_H
#define FIRN_CTESTCALLS_SHIM_H

int setfsuid(unsigned user);
int lsetxattr(const char *path, const char *name, const void *value, unsigned long size, int flags);
int ioctl(int descriptor, unsigned long request, ...);
unsigned long gnu_dev_makedev(unsigned major, unsigned minor);
unsigned gnu_dev_major(unsigned long device);
unsigned gnu_dev_minor(unsigned long device);

static inline int test_set_inode_flags(int descriptor, unsigned flags) {
  const unsigned long FS_IOC_SETFLAGS = 0x40086602;
  return ioctl(descriptor, FS_IOC_SETFLAGS, &flags);
}

#endif
