"""Every limit that FORMAT.md states, in one place. Sizes are bytes."""

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

CONFIG = 4096
CONFIG_FIXED = 120 + 32  # the fields of format 1 and the MAC
KEY_SLOT = 16 * KIB
CHUNK = 8 * MIB
FRAME_RAW = 8 * MIB
PACK = 2 * GIB
PACK_TARGET = 1 * GIB
DIRECTORY = 64 * MIB
FRAMES_PER_PACK = 1 << 20
BRANCH_DEPTH = 8
LIST_DEPTH = 8
NAME = 255
REPLACED_SNAPSHOTS = 256
