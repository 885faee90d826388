// SHA-256's compression function over two independent messages at once, with the SHA extensions of x86-64.
//
// One message alone leaves the unit idle half of the time: each pair of rounds waits for the one before. It has to be C,
// for a Swift function can't be compiled for instructions that the rest of the program must not use. Call it only where
// csha256_is_supported() says so.

#ifndef FIRN_CSHA256_SHIM_H
#define FIRN_CSHA256_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

static inline bool csha256_is_supported(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

#define CSHA256_TARGET __attribute__((target("sha,sse4.1,ssse3")))
#define CSHA256_INLINE CSHA256_TARGET __attribute__((always_inline)) static inline

// The round constants of FIPS 180-4, section 4.2.2.
static const uint32_t csha256_constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// Eight state words in the order that the instructions want.
typedef struct {
  __m128i abef, cdgh;
} csha256_state;

CSHA256_INLINE csha256_state csha256_load(const uint32_t *words) {
  __m128i dcba = _mm_loadu_si128((const __m128i *)words);
  __m128i hgfe = _mm_loadu_si128((const __m128i *)(words + 4));
  __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
  __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);
  return (csha256_state){_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xf0)};
}

CSHA256_INLINE void csha256_store(csha256_state state, uint32_t *words) {
  __m128i feba = _mm_shuffle_epi32(state.abef, 0x1b);
  __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)words, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(words + 4), _mm_alignr_epi8(dchg, feba, 8));
}

CSHA256_INLINE __m128i csha256_words(const uint8_t *bytes) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)bytes), big_endian);
}

// Four rounds with four words of the schedule.
CSHA256_INLINE void csha256_rounds(csha256_state *state, __m128i words, int first) {
  __m128i sums = _mm_add_epi32(words, _mm_load_si128((const __m128i *)(csha256_constants + first)));
  state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, sums);
  state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, _mm_shuffle_epi32(sums, 0x0e));
}

// The four words of the schedule that come after sixteen, in place of the oldest four.
CSHA256_INLINE __m128i csha256_next_words(__m128i w0, __m128i w4, __m128i w8, __m128i w12) {
  __m128i sums = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w4), _mm_alignr_epi8(w12, w8, 4));
  return _mm_sha256msg2_epu32(sums, w12);
}

// Takes `blocks` blocks of 64 bytes of each message into its state.
CSHA256_TARGET static inline void csha256_compress_pair(
    uint32_t *state1, const uint8_t *message1, uint32_t *state2, const uint8_t *message2, size_t blocks) {
  csha256_state s1 = csha256_load(state1), s2 = csha256_load(state2);
  for (; blocks; blocks--, message1 += 64, message2 += 64) {
    const csha256_state before1 = s1, before2 = s2;
    __m128i w1[4], w2[4];
#pragma clang loop unroll(full)
    for (int group = 0; group < 16; group++) {
      const int at = group % 4;
      if (group < 4) {
        w1[at] = csha256_words(message1 + 16 * group);
        w2[at] = csha256_words(message2 + 16 * group);
      } else {
        w1[at] = csha256_next_words(w1[at], w1[(at + 1) % 4], w1[(at + 2) % 4], w1[(at + 3) % 4]);
        w2[at] = csha256_next_words(w2[at], w2[(at + 1) % 4], w2[(at + 2) % 4], w2[(at + 3) % 4]);
      }
      csha256_rounds(&s1, w1[at], 4 * group);
      csha256_rounds(&s2, w2[at], 4 * group);
    }
    s1.abef = _mm_add_epi32(s1.abef, before1.abef);
    s1.cdgh = _mm_add_epi32(s1.cdgh, before1.cdgh);
    s2.abef = _mm_add_epi32(s2.abef, before2.abef);
    s2.cdgh = _mm_add_epi32(s2.cdgh, before2.cdgh);
  }
  csha256_store(s1, state1);
  csha256_store(s2, state2);
}

#else

static inline bool csha256_is_supported(void) { return false; }

static inline void csha256_compress_pair(
    uint32_t *state1, const uint8_t *message1, uint32_t *state2, const uint8_t *message2, size_t blocks) {
  __builtin_trap();
}

#endif

#endif
