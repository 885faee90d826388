#ifndef FIRN_CRAW_SHIM_H
#define FIRN_CRAW_SHIM_H

#include <dirent.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <lmdb.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zstd.h>

struct craw_entry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

// Lists the directory `name` in `directory` and asks for the status of everything in it, without keeping anything; the
// number of entries, or -1.
static inline long craw_walk(int directory, const char *name) {
  static __thread char buffer[128 << 10];
  struct statx status;
  long count = 0, length;
  int descriptor = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  while ((length = syscall(SYS_getdents64, descriptor, buffer, sizeof buffer)) > 0) {
    for (long at = 0; at < length; at += ((struct craw_entry *)(buffer + at))->length) {
      const char *entry = ((struct craw_entry *)(buffer + at))->name;
      if (entry[0] == '.' && (!entry[1] || (entry[1] == '.' && !entry[2]))) continue;
      if (syscall(SYS_statx, descriptor, entry, 0x100, 0xfff, &status)) return -1;
      count++;
    }
  }
  close(descriptor);
  return length < 0 ? -1 : count;
}

// Opens, reads and closes a file of less than `capacity` bytes; its length, or -1.
static inline long craw_read(int directory, const char *name, void *buffer, size_t capacity) {
  int descriptor = openat(directory, name, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  long length = read(descriptor, buffer, capacity);
  close(descriptor);
  return length;
}

// memcpy that no optimizer moves or leaves out, though nobody looks at the copy.
static inline void craw_copy(void *to, const void *from, size_t count) {
  memcpy(to, from, count);
  __asm__ volatile("" : : "r"(to) : "memory");
}

#endif
