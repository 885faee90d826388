#pragma once
#include <lmdb.h>
// statfs, to tell the filesystem an environment lies on.
#include <sys/vfs.h>
