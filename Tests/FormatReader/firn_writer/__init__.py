"""A writer of tiny repositories for tests, from FORMAT.md alone. It seals with given keys and salts, so that its
output repeats; a real writer draws them at random."""
