// OpenSSL for Swift: its headers, its macros as inline functions, and the BIO that reads and writes
// a loop's scratch memory. Only KODTransport imports this module, so the functions exist once.
#ifndef COPENSSL_H
#define COPENSSL_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <string.h>

// --- Macros --------------------------------------------------------------------------------------

static inline int COpenSSL_set_versions(SSL_CTX *context, int minimum, int maximum) {
  return SSL_CTX_set_min_proto_version(context, minimum) == 1 &&
         SSL_CTX_set_max_proto_version(context, maximum) == 1;
}
static inline int COpenSSL_set_groups(SSL_CTX *context, const char *groups) {
  return SSL_CTX_set1_groups_list(context, groups) == 1;
}
static inline void COpenSSL_set_modes(SSL_CTX *context) {
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context, 0);
}
static inline void COpenSSL_set_options(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
}
// Takes over the certificate when it returns 1.
static inline int COpenSSL_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add0_chain_cert(context, certificate) == 1;
}
static inline int COpenSSL_set_server_name(SSL *session, const char *name) {
  return SSL_set_tlsext_host_name(session, name) == 1;
}
static inline long COpenSSL_memory_bytes(BIO *bio, const uint8_t **bytes) {
  return BIO_get_mem_data(bio, bytes);
}
static inline EVP_PKEY *COpenSSL_make_p256_key(void) { return EVP_EC_gen("P-256"); }

// An encrypted PEM file must fail, never ask at the terminal.
static inline int COpenSSL_no_password(char *buffer, int size, int writing, void *data) {
  (void)buffer; (void)size; (void)writing; (void)data;
  return 0;
}
static inline EVP_PKEY *COpenSSL_read_private_key(BIO *bio) {
  return PEM_read_bio_PrivateKey(bio, NULL, COpenSSL_no_password, NULL);
}
static inline X509 *COpenSSL_read_certificate(BIO *bio) {
  return PEM_read_bio_X509(bio, NULL, COpenSSL_no_password, NULL);
}
static inline int COpenSSL_write_private_key(BIO *bio, EVP_PKEY *key) {
  return PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
}

// Adds the extension in openssl.cnf's notation; `issuer` may be the certificate itself.
static inline int COpenSSL_add_extension(X509 *certificate, X509 *issuer, int nid,
                                         const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  if (!extension) return 0;
  int added = X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  return added;
}

// --- ALPN: one protocol or none ------------------------------------------------------------------
// The argument is that protocol as on the wire: one byte of length, then its name. It outlives the
// context.

static inline int COpenSSL_select_protocol(SSL *session, const unsigned char **out,
                                           unsigned char *outBytes, const unsigned char *offered,
                                           unsigned int offeredBytes, void *argument) {
  (void)session;
  const unsigned char *ours = argument;
  // The cast drops a const that OpenSSL 3.0's prototype lacks; the function only reads.
  int found = SSL_select_next_proto((unsigned char **)out, outBytes, ours, ours[0] + 1u, offered,
                                    offeredBytes);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}
// OpenSSL does not ask the function above when the client offers nothing at all: refused here.
static inline int COpenSSL_require_protocol(SSL *session, int *alert, void *argument) {
  (void)argument;
  const unsigned char *extension;
  size_t bytes;
  if (SSL_client_hello_get0_ext(session, TLSEXT_TYPE_application_layer_protocol_negotiation,
                                &extension, &bytes))
    return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  return SSL_CLIENT_HELLO_ERROR;
}
static inline void COpenSSL_serve_protocol(SSL_CTX *context, const uint8_t *wire) {
  SSL_CTX_set_alpn_select_cb(context, COpenSSL_select_protocol, (void *)wire);
  SSL_CTX_set_client_hello_cb(context, COpenSSL_require_protocol, NULL);
}

// --- The scratch BIO -----------------------------------------------------------------------------
// SSL_read opens straight from the bytes of the last recv(), SSL_write seals straight into the
// buffer of the next send().

typedef struct COpenSSL_Scratch {
  const uint8_t *input;   // ciphertext that OpenSSL has not read yet; valid during one call only
  size_t inputBytes;
  uint8_t *output;        // ciphertext to send: output[outputStart ..< outputEnd]
  size_t outputStart;
  size_t outputEnd;
  size_t outputCapacity;
} COpenSSL_Scratch;

static inline int COpenSSL_scratch_read(BIO *bio, char *bytes, size_t count, size_t *done) {
  COpenSSL_Scratch *scratch = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (scratch->inputBytes == 0) {
    BIO_set_retry_read(bio);
    *done = 0;
    return 0;
  }
  if (count > scratch->inputBytes) count = scratch->inputBytes;
  memcpy(bytes, scratch->input, count);
  scratch->input += count;
  scratch->inputBytes -= count;
  *done = count;
  return 1;
}
static inline int COpenSSL_scratch_write(BIO *bio, const char *bytes, size_t count, size_t *done) {
  COpenSSL_Scratch *scratch = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (count > scratch->outputCapacity - scratch->outputEnd) {
    BIO_set_retry_write(bio);
    *done = 0;
    return 0;
  }
  memcpy(scratch->output + scratch->outputEnd, bytes, count);
  scratch->outputEnd += count;
  *done = count;
  return 1;
}
static inline long COpenSSL_scratch_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio; (void)number; (void)pointer;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}
static inline BIO_METHOD *COpenSSL_make_scratch_method(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "kod scratch");
  if (!method) return NULL;
  BIO_meth_set_read_ex(method, COpenSSL_scratch_read);
  BIO_meth_set_write_ex(method, COpenSSL_scratch_write);
  BIO_meth_set_ctrl(method, COpenSSL_scratch_control);
  return method;
}
static inline int COpenSSL_attach_scratch(SSL *session, const BIO_METHOD *method,
                                          COpenSSL_Scratch *scratch) {
  BIO *bio = BIO_new(method);
  if (!bio) return 0;
  BIO_set_data(bio, scratch);
  BIO_set_init(bio, 1);
  SSL_set_bio(session, bio, bio);
  return 1;
}

#endif
