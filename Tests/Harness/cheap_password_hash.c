// Takes the cost out of the password's hash, which is most of a short command's time and no part of what the rigs try.
// Loaded before libargon2 by cheap_password.py; everything else in the command is as it was built.
#define _GNU_SOURCE
#include <argon2.h>
#include <dlfcn.h>

typedef int hash(argon2_context *);

int argon2id_ctx(argon2_context *context) {
  hash *real = (hash *)dlsym(RTLD_NEXT, "argon2id_ctx");
  context->t_cost = 1;
  context->m_cost = 8 * context->lanes;
  context->threads = 1;
  return real(context);
}
