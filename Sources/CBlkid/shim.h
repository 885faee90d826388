#ifndef FIRN_CBLKID_SHIM_H
#define FIRN_CBLKID_SHIM_H

#include <blkid/blkid.h>

#endif
