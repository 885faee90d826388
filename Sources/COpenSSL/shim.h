#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

// SHA256_Init, _Update and _Final are marked deprecated since OpenSSL 3.0. They are used on purpose: their state is a
// plain struct that can be copied with an assignment, where copying an EVP context allocates.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#endif
