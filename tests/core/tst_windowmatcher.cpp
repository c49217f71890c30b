// SPDX-License-Identifier: Apache-2.0
// What each rule finds, exactly, and what it must not find.
#include "core/detect/encodings.h"
#include "core/detect/utf.h"
#include "core/detect/windowmatcher.h"
#include "tests/program/testprogram.h"


#include <openssl/evp.h>
#include <openssl/pem.h>

namespace tst_windowmatcher
{

using namespace cryoscope;

namespace
{

const std::string letters = "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zC0fR";

std::string body(size_t length)
{
    std::string text;
    while (text.size() < length)
        text += letters;
    return text.substr(0, length);
}

std::string drain(BIO *bio)
{
    char *data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(length));
    BIO_free(bio);
    return text;
}

/// A fresh key as PEM, its lines ended by `lineEnd`, none after the last.
std::string pem(const std::string &kind, const std::string &lineEnd, const char *passphrase = nullptr)
{
    EVP_PKEY *key = kind == "rsa"  ? EVP_RSA_gen(1024)
                    : kind == "ec" ? EVP_EC_gen("P-256")
                                   : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = passphrase != nullptr ? EVP_aes_128_cbc() : nullptr;
    auto *secret = reinterpret_cast<unsigned char *>(const_cast<char *>(passphrase));
    const int length = passphrase != nullptr ? static_cast<int>(strlen(passphrase)) : 0;
    if (kind == "public")
        PEM_write_bio_PUBKEY(bio, key);
    else if (kind == "ec" || kind == "rsa")
        PEM_write_bio_PrivateKey_traditional(bio, key, cipher, secret, length, nullptr, nullptr);
    else
        PEM_write_bio_PrivateKey(bio, key, cipher, secret, length, nullptr, nullptr);
    EVP_PKEY_free(key);
    std::string out;
    for (const char c : drain(bio))
        out += c == '\n' ? lineEnd : std::string(1, c);
    return out.substr(0, out.size() - lineEnd.size());
}

/// Base64url of as many bytes, as a signature would be.
std::string signature(size_t bytes)
{
    std::string text;
    for (size_t i = 0; i < bytes; ++i)
        text += static_cast<char>(i * 37 + 11);
    return encodeBase64(text, true);
}

struct Found {
    std::string rule;
    std::string value;
    Confidence confidence;
    Encoding encoding;
};

std::vector<Found> search(const std::string &text)
{
    static const auto matcher = [] {
        auto rules = RuleSet::builtIn();
        if (!rules)
            qFatal("%s", rules.error().describe().c_str());
        auto made = WindowMatcher::make(*rules);
        if (!made)
            qFatal("%s", made.error().describe().c_str());
        return *made;
    }();
    auto scratch = matcher->makeScratch();
    std::vector<Found> found;
    for (const auto &match : matcher->search(text, {0, text.size(), 0, {}}, *scratch))
        found.push_back({std::string(match.rule),
                         text.substr(match.text.begin, match.text.end - match.text.begin),
                         match.text.confidence, match.text.encoding});
    return found;
}

} // namespace

class tst_windowmatcher : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void finds_data();
    void finds();
    void findsInUtf16_data() { finds_data(); }
    void findsInUtf16();
    void leavesAlone_data();
    void leavesAlone();
    void redactedTextIsClean_data() { finds_data(); }
    void redactedTextIsClean();
    void githubChecksumRaisesConfidence();
    void ownsWhatBeginsInIt();
    void encodingsAreNamed();
};

void tst_windowmatcher::finds_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QByteArray>("rule");
    const auto row = [](const char *name, const std::string &before, const std::string &value,
                        const std::string &after, const char *rule) {
        QTest::newRow(name) << QByteArray::fromStdString(before) << QByteArray::fromStdString(value)
                            << QByteArray::fromStdString(after) << QByteArray(rule);
    };
    row("github", "token is ", "ghp_" + body(36), "\n", "github-token");
    row("github at the start", "", "gho_" + body(36), std::string("\0x", 2), "github-token");
    row("github after an escape", "x\\n", "ghs_" + body(36), "\\n", "github-token");
    row("github fine-grained", " ", "github_pat_" + body(22) + "_" + body(59), " ",
        "github-fine-grained-token");
    row("gitlab", "=", "glpat-" + body(20), "\"", "gitlab-token");
    row("slack", "(", "xoxb-552518899855-750215292478-" + body(24), ")", "slack-token");
    row("stripe", " ", "sk_live_" + body(24), " ", "stripe-key");
    row("aws id", "\t",
        "AKIA"
        "QWERTYUIOPASDFGH",
        "\n", "aws-access-key-id");
    row("aws secret", "aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz9PLEKEYq", "\n",
        "aws-secret-key");
    row("google key", " ", "AIza" + body(35), "\"", "google-api-key");
    row("google token", " ", "ya29." + body(60), " ", "google-oauth-token");
    row("azure storage", "AccountName=x;AccountKey=", body(86) + "==", ";Endpoint", "azure-storage-key");
    row("azure client secret", " ", "abc8Q~" + body(34), "\n", "azure-client-secret");
    row("jwt", "t=", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0." + signature(32), "\n", "jwt");
    row("bearer", "Authorization: Bearer ", body(40), "\r\n", "authorization-header");
    row("basic", "authorization: Basic ", "c2hvcDpGYWtlM0V0M0pQS2FHbk1aRnhzcA==", "\r\n",
        "authorization-header");
    row("authorization in JSON", R"({"Authorization": "Bearer )", body(30), "\"}", "authorization-header");
    row("api key header", "X-Api-Key: ", body(24), "\r\n", "api-key-header");
    row("cookie", "Cookie: a=b; session=", body(40), "; c=d\r\n", "cookie");
    row("url", "DATABASE=postgres://shop:", "S3cr3t-w0rd", "@db.example:5432/x", "url-password");
    row("url with a short password", " postgres://u:", "p", "@h/ ", "url-password");
    row("environment", "A=b\\0DB_PASSWORD=", "Zx9kQpL2vv", std::string("\0C=d", 4), "assignment");
    row("environment in JSON", R"("env":["A=b","API_TOKEN=)", "tok_live_51H8xyzSECRET", R"(","C=d"])",
        "assignment");
    row("option", std::string("prog\0--admin-password=", 22), "FaketGCmR0HlpAVL", std::string("\0next", 5),
        "assignment");
    row("JSON", R"({"smtp_password": ")", "FakeGefksaHe1O4DFg", "\"}", "assignment");
    row("escaped JSON", R"({\"password\": \")", "FakeGefksaHe1O4DFg", R"(\"})", "assignment");
    row("JSON key", R"({"key": ")", "k3yWithD1gits42", "\"}", "named-key");
    row("ini", "[x]\npassword = ", "hunter2hunter2", "\n", "assignment");
    row("shadow", "root:", "$6$Fa7eSaltForDemo$" + body(86), ":20000:0:99999:7:::\n", "password-hash");
    row("shadow, odd hash", "\nroot:", "$6$abc$hash", ":19000:0:99999:7:::\n", "password-hash");
    row("bcrypt", " ", "$2b$12$" + body(53), "\n", "password-hash");
    row("PEM", "x\n", pem("ed25519", "\n"), "\n", "private-key");
    row("PEM with CRLF", "", pem("ec", "\r\n"), "\r\n", "private-key");
    row("PEM in JSON", "{\"k\":\"", pem("rsa", "\\n"), "\\n\"}", "private-key");
    row("npm", " ", "npm_" + body(36), " ", "npm-token");
    row("anthropic", " ", "sk-ant-api03-" + body(80), "\n", "anthropic-key");
    row("age", " ", "AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE", "\n",
        "age-key");
    row("telegram", " ", "123456789:AAE" + body(32), "\n", "telegram-token");
}

void tst_windowmatcher::finds()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, after);
    QFETCH(QByteArray, rule);
    const auto found = search((before + value + after).toStdString());
    for (const Found &match : found) {
        if (match.value == value.toStdString()) {
            QCOMPARE(QByteArray::fromStdString(match.rule), rule);
            return;
        }
    }
    QFAIL(qPrintable(QStringLiteral("not found; %1 other matches, the first: %2")
                         .arg(found.size())
                         .arg(found.empty()
                                  ? QString()
                                  : QString::fromStdString(found.front().rule + " " + found.front().value))));
}

void tst_windowmatcher::findsInUtf16()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, after);
    for (const ByteSex order : {ByteSex::Little, ByteSex::Big}) {
        const auto wide = [order](const QByteArray &text) {
            return encodeUtf16(QString::fromLatin1(text).toStdU32String(), order);
        };
        const std::string text = std::string("\1\2\3\4", 4) + wide(before + value + after);
        size_t hits = 0;
        for (const Found &match : search(text))
            hits += match.value == wide(value) ? 1 : 0;
        QCOMPARE(hits, size_t{1});
    }
}

void tst_windowmatcher::leavesAlone_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const std::string &text) {
        QTest::newRow(name) << QByteArray::fromStdString(text);
    };
    row("github too short", " ghp_" + body(35) + " ");
    row("github within a word", " averylongwordghp_" + body(36) + " ");
    row("slack too short", " xoxb-1234 ");
    row("aws example", " AKIAIOSFODNN7EXAMPLE ");
    row("aws one too long", " AKIAQWERTYUIOPASDFGHJ ");
    row("jwt whose header is no JSON", " eyJhbGciOiJIUzI1NiJ5.eyJzdWIiOiIxIn0.c2ln ");
    row("jwt of two parts", " eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0 ");
    row("PEM header alone", "-----BEGIN PRIVATE KEY-----\n" + body(64) + "\n");
    row("PEM of other labels",
        "-----BEGIN PRIVATE KEY-----\n" + body(64) + "\n-----END RSA PRIVATE KEY-----");
    row("PEM without a body", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----");
    row("public key", pem("public", "\n"));
    row("placeholder",
        "PASSWORD=changeme\n DB_PASSWORD=${DB_PASSWORD}\n TOKEN=<your token>\n secret=xxxxxxxx\n");
    row("type names", "password: string, token: Optional[str], secret=None, api_key=True");
    row("code", "password = getPassword(user) ; token = self.token ; secret := os.Getenv(\"SECRET\")");
    row("harmless names",
        "PASSWORD_FILE=/run/secrets/a1b2c3 TOKEN_TYPE=bearer1234 SSH_AUTH_SOCK=/tmp/ssh-x1/agent.12");
    row("words", "the password is secret and the token expires");
    row("url without a password", "https://user@host.example/path and http://host:8080/a@b");
    row("url placeholder", "https://user:xxxxxxxx@host.example/");
    row("authorization placeholder", "Authorization: Bearer xxxxxxxxxxxxxxxxxxxxxxxx\r\n");
    row("basic that is no pair", "Authorization: Basic bm9jb2xvbg==\r\n");
    row("locked shadow line", "daemon:*:19000:0:99999:7:::\nnobody:!:19000:0:99999:7:::\n");
    row("crypt of a wrong length", " $6$abc$tooshort ");
    row("digest", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    row("uuid", "id=7d1f0a52-0b7e-4e0e-9a59-0123456789ab");
}

void tst_windowmatcher::leavesAlone()
{
    QFETCH(QByteArray, text);
    for (const Found &match : search(text.toStdString())) {
        if (match.rule != "high-entropy") // random text is random text, whatever it is part of
            QFAIL((match.rule + ": " + match.value).c_str());
    }
}

void tst_windowmatcher::redactedTextIsClean()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, after);
    for (char &c : value) {
        if (c >= 'a' && c <= 'z')
            c = 'x';
        else if (c >= 'A' && c <= 'Z')
            c = 'X';
        else if (c >= '0' && c <= '9')
            c = '0';
    }
    const auto found = search((before + value + after).toStdString());
    if (!found.empty())
        QFAIL((found.front().rule + ": " + found.front().value).c_str());
}

void tst_windowmatcher::githubChecksumRaisesConfidence()
{
    // The last six characters are the CRC-32 of the thirty before them, in base 62.
    const std::string right = "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";
    const auto one = search(" " + right + " ");
    QCOMPARE(one.size(), size_t{1});
    QCOMPARE(one.front().confidence, Confidence::High);
    std::string wrong = right;
    wrong[10] = 'x';
    const auto two = search(" " + wrong + " ");
    QCOMPARE(two.size(), size_t{1});
    QCOMPARE(two.front().confidence, Confidence::Low);
}

void tst_windowmatcher::ownsWhatBeginsInIt()
{
    auto rules = RuleSet::builtIn();
    QVERIFY(rules.ok());
    auto matcher = WindowMatcher::make(*rules);
    QVERIFY(matcher.ok());
    auto scratch = (*matcher)->makeScratch();
    QVERIFY(scratch.ok());
    const std::string text = "ab glpat-" + body(20) + " cd";
    for (size_t border = 1; border < text.size(); ++border) {
        size_t count = (*matcher)->search(text, {0, border, false, {}}, *scratch).size();
        count += (*matcher)->search(text, {border, text.size(), 0, {}}, *scratch).size();
        QCOMPARE(count, size_t{1});
    }
}

void tst_windowmatcher::encodingsAreNamed()
{
    const auto json = search("{\"k\":\"" + pem("ed25519", "\\n") + "\"}");
    QCOMPARE(json.size(), size_t{1});
    QCOMPARE(json.front().encoding, Encoding::JsonEscape);
    const auto basic = search("authorization: Basic c2hvcDpGYWtlM0V0M0pQS2FHbk1aRnhzcA==\r\n");
    QCOMPARE(basic.size(), size_t{1});
    QCOMPARE(basic.front().encoding, Encoding::Base64);
}

CRYOSCOPE_TEST(tst_windowmatcher)

} // namespace tst_windowmatcher

#include "tst_windowmatcher.moc"
