#pragma once

// Two Linux calls that the C library declares only under _GNU_SOURCE, which Swift does not define. The C library
// defines the functions in any case; these are their documented prototypes and flag values.

#include <sys/types.h>

int renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned int flags);
int sync_file_range(int descriptor, __off64_t offset, __off64_t count, unsigned int flags);

static const unsigned int FIRN_RENAME_NOREPLACE = 1;
static const unsigned int FIRN_SYNC_FILE_RANGE_WRITE = 2;
