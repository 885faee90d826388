// Takes the cost out of the password's key derivation, which is four fifths of a short command's time and no part of what
// the rigs try. Loaded before libcrypto by derivation.py; everything else in the command is as it was built.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

typedef int derivation(
    const char *, size_t, const unsigned char *, size_t, uint64_t, uint64_t, uint64_t, uint64_t, unsigned char *, size_t);

int EVP_PBE_scrypt(
    const char *password, size_t passwordLength, const unsigned char *salt, size_t saltLength, uint64_t cost,
    uint64_t blockSize, uint64_t parallelism, uint64_t memory, unsigned char *key, size_t keyLength) {
  derivation *real = (derivation *)dlsym(RTLD_NEXT, "EVP_PBE_scrypt");
  (void)cost;
  return real(password, passwordLength, salt, saltLength, 2, blockSize, parallelism, memory, key, keyLength);
}
