#pragma once
#include <isa-l/crc64.h>
#include <isa-l/erasure_code.h>
