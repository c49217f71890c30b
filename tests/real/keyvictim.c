// SPDX-License-Identifier: Apache-2.0
// Holds keys the way libraries do. Reads commands from standard input, one a line, and waits when there are no more:
//   openssl-aes enc|dec HEX     an EVP cipher context
//   openssl-pem PATH            a private key, used once to sign; the file is removed
//   gcrypt-aes enc|dec HEX
//   mbedtls-aes enc|dec HEX
//   tables-aes enc|dec HEX      OpenSSL's AES without instructions for it (AES_set_*_key)
// What it was told is wiped. Prints "ready".
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/aes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_GCRYPT
#include <gcrypt.h>
#endif
#ifdef HAVE_MBEDTLS
#include <mbedtls/aes.h>
#endif

static void fail(const char *what)
{
    fprintf(stderr, "keyvictim: %s\n", what);
    exit(1);
}

static void opensslAes(const unsigned char *key, size_t size, int encrypt)
{
    const EVP_CIPHER *cipher = size == 16 ? EVP_aes_128_cbc() : size == 24 ? EVP_aes_192_cbc() : EVP_aes_256_cbc();
    unsigned char iv[16] = {0}, out[48];
    int length = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (EVP_CipherInit_ex(context, cipher, NULL, key, iv, encrypt) != 1 ||
        EVP_CipherUpdate(context, out, &length, iv, sizeof iv) != 1)
        fail("EVP");
}

static void tablesAes(const unsigned char *key, size_t size, int encrypt)
{
    AES_KEY *schedule = malloc(sizeof *schedule);
    if ((encrypt ? AES_set_encrypt_key(key, (int)size * 8, schedule) : AES_set_decrypt_key(key, (int)size * 8, schedule)) != 0)
        fail("AES_set_key");
}

static void gcryptAes(const unsigned char *key, size_t size, int encrypt)
{
#ifdef HAVE_GCRYPT
    const int algorithm = size == 16 ? GCRY_CIPHER_AES128 : size == 24 ? GCRY_CIPHER_AES192 : GCRY_CIPHER_AES256;
    static int started;
    unsigned char block[16] = {0};
    gcry_cipher_hd_t handle;
    if (!started++) {
        gcry_check_version(NULL);
        gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
        gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    }
    if (gcry_cipher_open(&handle, algorithm, GCRY_CIPHER_MODE_CBC, 0) || gcry_cipher_setkey(handle, key, size))
        fail("gcry_cipher");
    if (encrypt ? gcry_cipher_encrypt(handle, block, 16, NULL, 0) : gcry_cipher_decrypt(handle, block, 16, NULL, 0))
        fail("gcry_cipher use");
#else
    (void)key, (void)size, (void)encrypt;
#endif
}

static void mbedtlsAes(const unsigned char *key, size_t size, int encrypt)
{
#ifdef HAVE_MBEDTLS
    mbedtls_aes_context *context = malloc(sizeof *context);
    mbedtls_aes_init(context);
    if (encrypt ? mbedtls_aes_setkey_enc(context, key, (unsigned)size * 8) : mbedtls_aes_setkey_dec(context, key, (unsigned)size * 8))
        fail("mbedtls");
#else
    (void)key, (void)size, (void)encrypt;
#endif
}

static void opensslPem(const char *path)
{
    unsigned char signature[2048];
    size_t length = sizeof signature;
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (!key)
        fail(path);
    fclose(file);
    unlink(path);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const int type = EVP_PKEY_get_base_id(key);
    if (type != EVP_PKEY_X25519 &&
        (EVP_DigestSignInit(context, NULL, type == EVP_PKEY_ED25519 ? NULL : EVP_sha256(), NULL, key) != 1 ||
         EVP_DigestSign(context, signature, &length, (const unsigned char *)"x", 1) != 1))
        fail("signing");
}

int main(void)
{
    static char line[512];
    setvbuf(stdin, NULL, _IONBF, 0);
    while (fgets(line, sizeof line, stdin)) {
        char what[32], direction[512];
        unsigned char key[32];
        size_t size = 0;
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%31s %511s", what, direction) != 2)
            fail("a command is not understood");
        if (strcmp(what, "openssl-pem") == 0) {
            opensslPem(direction);
            continue;
        }
        const char *hex = strrchr(line, ' ') + 1;
        for (; size < sizeof key && sscanf(hex + 2 * size, "%2hhx", &key[size]) == 1; ++size)
            ;
        const int encrypt = strcmp(direction, "enc") == 0;
        if (strcmp(what, "openssl-aes") == 0)
            opensslAes(key, size, encrypt);
        else if (strcmp(what, "tables-aes") == 0)
            tablesAes(key, size, encrypt);
        else if (strcmp(what, "gcrypt-aes") == 0)
            gcryptAes(key, size, encrypt);
        else if (strcmp(what, "mbedtls-aes") == 0)
            mbedtlsAes(key, size, encrypt);
        else
            fail("a command is not known");
        OPENSSL_cleanse(key, sizeof key);
        OPENSSL_cleanse(line, sizeof line);
        OPENSSL_cleanse(direction, sizeof direction);
    }
    puts("ready");
    fflush(stdout);
    for (;;)
        pause();
}
