/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

#define KEY_FILE     "master.key"
#define KEY_FILE_NEW "master.key.new" /* a first start that is not finished */
#define STATE_FILE   "vault.state"
#define AAD_MAX      4096

static bool
exists(int dir, const char *name)
{
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* 32 bytes of a file that nobody in `forbidden` may touch. The file that is judged is the one that is read. */
static enum gh_rc
read_key(struct gh_seal *s, int fd, mode_t forbidden, struct gh_err *err)
{
    gh_auto_arena a;
    struct gh_str key;
    struct stat st;

    gh_arena_init(&a, gh_heap(), 65536);
    a.is_secret = true;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & forbidden) != 0)
        return gh_fail(err, GH_BAD, 0, "master key is no file, or others may touch it: mode 0600 or 0400 is wanted");
    if (lseek(fd, 0, SEEK_SET) != 0 || gh_read_all(&key, &a, fd, GH_AEAD_KEY_BYTES) != GH_OK || key.n != GH_AEAD_KEY_BYTES)
        return gh_fail(err, GH_BAD, 0, "master key is not 32 bytes");
    memcpy(s->master, key.p, GH_AEAD_KEY_BYTES);
    return GH_OK;
}

static enum gh_rc
read_own_key(struct gh_seal *s, int dir, struct gh_err *err)
{
    gh_auto_fd fd = openat(dir, KEY_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return gh_fail(err, GH_DOWN, 0, "master key cannot be opened");
    return read_key(s, fd, 0077, err);
}

/* What an interrupted first start left behind was never used: READY comes after gh_seal_keep. */
static enum gh_rc
make_key(struct gh_seal *s, int dir, struct gh_err *err)
{
    if (exists(dir, STATE_FILE) && !exists(dir, KEY_FILE_NEW))
        return gh_fail(err, GH_BAD, 0, "vault.state is there but the master key that opens it is gone");
    if (exists(dir, STATE_FILE) && unlinkat(dir, STATE_FILE, 0) != 0)
        return gh_fail(err, GH_DOWN, 0, "state of an interrupted first start cannot be removed");
    gh_random(s->master, sizeof(s->master));
    if (gh_file_replace(dir, KEY_FILE_NEW, 0600, gh_str(s->master, sizeof(s->master))) != GH_OK)
        return gh_fail(err, GH_DOWN, 0, "master key cannot be written");
    return GH_OK;
}

/* A service manager gives its user access by an ACL, whose mask shows as group bits: there only others count. */
enum gh_rc
gh_seal_open(struct gh_seal *s, bool *is_first, int dir, int credential, struct gh_err *err)
{
    *is_first = false;
    if (credential >= 0) {
        *is_first = !exists(dir, STATE_FILE);
        return read_key(s, credential, 0007, err);
    }
    if (exists(dir, KEY_FILE))
        return read_own_key(s, dir, err);
    *is_first = true;
    return make_key(s, dir, err);
}

enum gh_rc
gh_seal_keep(int dir)
{
    if (!exists(dir, KEY_FILE_NEW)) /* the key came as a credential */
        return GH_OK;
    if (renameat(dir, KEY_FILE_NEW, dir, KEY_FILE) != 0 || fsync(dir) != 0)
        return GH_DOWN;
    return GH_OK;
}

/* ---- boxes ---- */

enum gh_rc
gh_seal_key(uint8_t out[GH_SHA256_BYTES], const struct gh_seal *s, const char *purpose)
{
    return gh_hmac_sha256(out, gh_str(s->master, sizeof(s->master)), gh_str_z(purpose));
}

static void
put_part(struct gh_buf *out, struct gh_str part)
{
    gh_buf_put_le32(out, (uint32_t)part.n);
    gh_buf_put(out, part);
}

static void
put_aad(struct gh_buf *aad, const struct gh_seal *s, const char *purpose, const struct gh_str *parts, size_t n)
{
    put_part(aad, gh_str_z(purpose));
    put_part(aad, gh_str(s->installation, sizeof(s->installation)));
    for (size_t i = 0; i < n; i++)
        put_part(aad, parts[i]);
}

enum gh_rc
gh_seal_put(struct gh_buf *out, const struct gh_seal *s, const char *purpose, const struct gh_str *parts, size_t n_parts,
    struct gh_str plain)
{
    uint8_t key[GH_SHA256_BYTES], nonce[GH_AEAD_NONCE_BYTES];
    char memory[AAD_MAX];
    struct gh_buf aad;
    enum gh_rc rc;

    gh_buf_init_fixed(&aad, memory, sizeof(memory));
    put_aad(&aad, s, purpose, parts, n_parts);
    if (aad.rc != GH_OK)
        return aad.rc;
    gh_random(nonce, sizeof(nonce));
    gh_buf_put(out, gh_str(nonce, sizeof(nonce)));
    if ((rc = gh_seal_key(key, s, purpose)) == GH_OK)
        rc = gh_aead_seal(out, key, nonce, gh_buf_str(&aad), plain);
    gh_wipe(key, sizeof(key));
    return rc;
}

enum gh_rc
gh_seal_get(
    struct gh_buf *out, const struct gh_seal *s, const char *purpose, const struct gh_str *parts, size_t n_parts, struct gh_str box)
{
    uint8_t key[GH_SHA256_BYTES];
    char memory[AAD_MAX];
    struct gh_buf aad;
    enum gh_rc rc;

    if (box.n < GH_SEAL_OVERHEAD)
        return GH_BAD;
    gh_buf_init_fixed(&aad, memory, sizeof(memory));
    put_aad(&aad, s, purpose, parts, n_parts);
    if (aad.rc != GH_OK)
        return aad.rc;
    if ((rc = gh_seal_key(key, s, purpose)) == GH_OK)
        rc = gh_aead_open(out, key, (const uint8_t *)box.p, gh_buf_str(&aad), gh_str_sub(box, GH_AEAD_NONCE_BYTES, box.n));
    gh_wipe(key, sizeof(key));
    return rc;
}
