/* Self-signed: a hospital's own computers trust it by its fingerprint, or by importing it; no internet is asked. */
#include "station/tls.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/clock.h"
#include "repli/file.h"

#define KEY_FILE  "station-key.pem"
#define CERT_FILE "station-cert.pem"
#define PEM_MAX   65536
#define DAY       86400
#define DAYS      730
#define ADDRESS   16 /* bytes at most */

/* Certificates are judged by browsers' clocks, so that --at does not move them. */
static int64_t real_now(void)
{
    struct repli_clock clock = {0};
    return repli_clock_now(&clock);
}

static enum repli_status failed(struct repli_err *err, int code)
{
    return repli_fail(err, REPLI_DATA, "the certificate: %s", gnutls_strerror(code));
}

/* Bytes of an address; 0: it is a name. */
static size_t address_of(const char *text, unsigned char out[ADDRESS])
{
    char plain[STATION_NAME_ROOM];
    size_t n = strlen(text);
    bool six = n > 2 && text[0] == '[' && text[n - 1] == ']';
    snprintf(plain, sizeof plain, "%.*s", (int)(six ? n - 2 : n), six ? text + 1 : text);
    if (inet_pton(AF_INET, plain, out) == 1)
        return 4;
    return inet_pton(AF_INET6, plain, out) == 1 ? 16 : 0;
}

static bool plain_name(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n < STATION_NAME_ROOM && name[0] != '-' && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == n;
}

static int add_name(gnutls_x509_crt_t crt, const char *name)
{
    unsigned char address[ADDRESS];
    size_t n = address_of(name, address);
    return n ? gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address, (unsigned)n, GNUTLS_FSAN_APPEND)
             : gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name, (unsigned)strlen(name),
                                                    GNUTLS_FSAN_APPEND);
}

static int describe(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *const *names, const char *own)
{
    unsigned char serial[16];
    int64_t now = real_now();
    int rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40); /* positive and of full length */
    const char *title = names[0] ? names[0] : own;
    rc = rc ? rc : gnutls_x509_crt_set_version(crt, 3);
    rc = rc ? rc : gnutls_x509_crt_set_key(crt, key);
    rc = rc ? rc : gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
    rc = rc ? rc : gnutls_x509_crt_set_activation_time(crt, (time_t)(now - DAY));
    rc = rc ? rc : gnutls_x509_crt_set_expiration_time(crt, (time_t)(now + (int64_t)DAYS * DAY));
    rc = rc ? rc
            : gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, title,
                                            (unsigned)(strlen(title) > 60 ? 60 : strlen(title)));
    rc = rc ? rc : gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
    rc = rc ? rc : gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
    rc = rc ? rc : gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
    for (size_t i = 0; !rc && names[i]; i++)
        rc = add_name(crt, names[i]);
    if (!rc && *own)
        rc = add_name(crt, own);
    return rc ? rc : gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

static int signed_pair(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *const *names, const char *own,
                       gnutls_datum_t *cert_pem, gnutls_datum_t *key_pem)
{
    int rc = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    rc = rc ? rc : describe(crt, key, names, own);
    rc = rc ? rc : gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, cert_pem);
    return rc ? rc : gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, key_pem);
}

/* What this computer calls itself, unless one of the names says it already; "" = nothing that could stand there. */
static void own_name(const char *const *names, char out[STATION_NAME_ROOM])
{
    if (gethostname(out, STATION_NAME_ROOM - 1) != 0)
        out[0] = 0;
    for (char *p = out; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    bool known = !plain_name(out);
    for (size_t i = 0; names[i]; i++)
        known = known || strcmp(names[i], out) == 0;
    if (known)
        out[0] = 0;
}

enum repli_status station_tls_make(const struct repli_site *site, const char *const *names, struct repli_arena *a,
                                   struct station_tls *tls, struct repli_err *err)
{
    char own[STATION_NAME_ROOM] = "";
    unsigned char address[ADDRESS];
    gnutls_x509_crt_t crt = NULL;
    gnutls_x509_privkey_t key = NULL;
    gnutls_datum_t cert_pem = {0}, key_pem = {0};
    size_t n = 0;
    for (; names[n]; n++)
        if (!address_of(names[n], address) && !plain_name(names[n]))
            return repli_fail(err, REPLI_USAGE,
                              "'%.60s' is neither an address nor the name of a computer (a-z, 0-9, dot, dash)",
                              names[n]);
    if (n >= STATION_NAMES)
        return repli_fail(err, REPLI_USAGE, "a certificate holds at most %d names", STATION_NAMES - 1);
    own_name(names, own);
    int rc = gnutls_x509_crt_init(&crt);
    rc = rc ? rc : gnutls_x509_privkey_init(&key);
    rc = rc ? rc : signed_pair(crt, key, names, own, &cert_pem, &key_pem);
    enum repli_status status = rc ? failed(err, rc) : REPLI_OK;
    if (status == REPLI_OK)
        status = repli_file_write(repli_path_join(a, site->keys_dir, KEY_FILE), key_pem.data, key_pem.size, 0600, err);
    if (status == REPLI_OK)
        status =
            repli_file_write(repli_path_join(a, site->keys_dir, CERT_FILE), cert_pem.data, cert_pem.size, 0644, err);
    gnutls_memset(key_pem.data, 0, key_pem.size);
    gnutls_free(key_pem.data);
    gnutls_free(cert_pem.data);
    gnutls_x509_privkey_deinit(key);
    gnutls_x509_crt_deinit(crt);
    return status == REPLI_OK ? station_tls_load(site, a, tls, err) : status;
}

/* ---- reading it */

static void read_names(gnutls_x509_crt_t crt, struct station_tls *tls)
{
    for (unsigned i = 0; tls->nnames < STATION_NAMES; i++) {
        char san[STATION_NAME_ROOM] = "", text[INET6_ADDRSTRLEN] = "";
        size_t n = sizeof san - 1;
        int kind = gnutls_x509_crt_get_subject_alt_name(crt, i, san, &n, NULL);
        char *to = tls->names[tls->nnames];
        if (kind < 0)
            return;
        if (kind == GNUTLS_SAN_DNSNAME && n < sizeof san)
            snprintf(to, STATION_NAME_ROOM, "%.*s", (int)n, san);
        else if (kind == GNUTLS_SAN_IPADDRESS && (n == 4 || n == 16) &&
                 inet_ntop(n == 4 ? AF_INET : AF_INET6, san, text, sizeof text))
            snprintf(to, STATION_NAME_ROOM, n == 4 ? "%s" : "[%s]", text);
        else
            continue;
        tls->nnames++;
    }
}

static enum repli_status read_cert(struct station_tls *tls, struct repli_err *err)
{
    unsigned char hash[32];
    size_t n = sizeof hash, at = 0;
    gnutls_x509_crt_t crt = NULL;
    const gnutls_datum_t pem = {(unsigned char *)tls->cert, (unsigned)strlen(tls->cert)};
    int rc = gnutls_x509_crt_init(&crt);
    rc = rc ? rc : gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM);
    rc = rc ? rc : gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, hash, &n);
    for (size_t i = 0; !rc && i < n; i++)
        at += (size_t)snprintf(tls->fingerprint + at, sizeof tls->fingerprint - at, i ? ":%02X" : "%02X", hash[i]);
    if (!rc) {
        tls->until_utc = (int64_t)gnutls_x509_crt_get_expiration_time(crt);
        read_names(crt, tls);
    }
    gnutls_x509_crt_deinit(crt);
    return rc ? failed(err, rc) : REPLI_OK;
}

enum repli_status station_tls_load(const struct repli_site *site, struct repli_arena *a, struct station_tls *tls,
                                   struct repli_err *err)
{
    const char *key = repli_path_join(a, site->keys_dir, KEY_FILE),
               *cert = repli_path_join(a, site->keys_dir, CERT_FILE);
    struct stat st;
    size_t len = 0;
    *tls = (struct station_tls){.path = cert};
    if (stat(key, &st) != 0 || !repli_file_exists(cert))
        return repli_fail(err, REPLI_USAGE,
                          "other computers reach the station encrypted only, and it has no certificate yet: make one "
                          "with `repli serve --make-cert --listen ADDRESS:PORT`");
    if (st.st_mode & 077)
        return repli_fail(err, REPLI_DATA, "%s may be read by others: chmod 600, or make a new one (--make-cert)", key);
    enum repli_status status = repli_file_read(key, PEM_MAX, a, &tls->key, &len, err);
    if (status == REPLI_OK)
        status = repli_file_read(cert, PEM_MAX, a, &tls->cert, &len, err);
    if (status == REPLI_OK)
        status = read_cert(tls, err);
    if (status == REPLI_OK && tls->until_utc <= real_now())
        status = repli_fail(err, REPLI_USAGE, "the station's certificate is over: make a new one (--make-cert)");
    return status;
}
