// Two glibc functions for starting programs that Swift's Glibc module does not show, because it is built without
// _GNU_SOURCE. Declared here as glibc 2.34 and later declare them.

#ifndef FIRN_CSPAWN_SHIM_H
#define FIRN_CSPAWN_SHIM_H

#include <spawn.h>

extern int pipe2(int ends[2], int flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

// A pipe whose ends no program that is started inherits; 0, or -1 with errno.
static inline int cspawn_pipe(int *ends, int close_on_exec) { return pipe2(ends, close_on_exec); }

// Has the child close every descriptor from `from` up; 0 or an error number.
static inline int cspawn_close_from(posix_spawn_file_actions_t *actions, int from) {
  return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

#endif
