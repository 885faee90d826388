// What processes need of glibc that Swift's Glibc module does not show, mostly because it is built without
// _GNU_SOURCE. Declared here as glibc 2.34 and later declare them.

#ifndef FIRN_CPROCESS_SHIM_H
#define FIRN_CPROCESS_SHIM_H

#include <malloc.h>
#include <spawn.h>
#include <sys/prctl.h>

extern int pipe2(int ends[2], int flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

// A pipe whose ends no program that is started inherits; 0, or -1 with errno.
static inline int cprocess_pipe(int *ends, int close_on_exec) { return pipe2(ends, close_on_exec); }

// Has the child close every descriptor from `from` up; 0 or an error number.
static inline int cprocess_close_from(posix_spawn_file_actions_t *actions, int from) {
  return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

// Has blocks of so many bytes and more mapped by themselves.
static inline void cprocess_map_blocks(int least) { mallopt(M_MMAP_THRESHOLD, least); }

// Forbids core files of this process, and reading its memory to all but root.
static inline void cprocess_forbid_dumps(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

#endif
