// SPDX-License-Identifier: Apache-2.0
// The manifest of an export and its signature: what is not the export, or not by the signer, is noticed
// without the evidence.
#include "core/base/hash.h"
#include "core/bytes/newfile.h"
#include "core/export/exporter.h"
#include "core/export/manifest.h"
#include "core/export/signature.h"
#include "core/redact/exportsettings.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/tarwriter.h"

#include <QFile>
#include <QTemporaryDir>

#include <cstdio>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace tst_manifest
{

using namespace cryoscope;

namespace
{

const std::string secret = "S3cr3t-of-the-process";

using PemFile = std::unique_ptr<FILE, decltype([](FILE *file) { fclose(file); })>;

/// A fresh key pair: private in `path`, public in `path`.pub.
void makeKeys(const std::string &path, const char *passphrase = nullptr, bool ed25519 = true)
{
    EVP_PKEY *key = ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519") : EVP_EC_gen("P-256");
    const PemFile secretFile(fopen(path.c_str(), "w"));
    const PemFile publicFile(fopen((path + ".pub").c_str(), "w"));
    auto *word = reinterpret_cast<unsigned char *>(const_cast<char *>(passphrase));
    PEM_write_PrivateKey(secretFile.get(), key, passphrase != nullptr ? EVP_aes_128_cbc() : nullptr, word,
                         passphrase != nullptr ? static_cast<int>(strlen(passphrase)) : 0, nullptr, nullptr);
    PEM_write_PUBKEY(publicFile.get(), key);
    EVP_PKEY_free(key);
}

/// A checkpoint as a directory or a tar, its case, and an export of it.
struct Exported {
    std::unique_ptr<Case> review;
    std::string output;
    Proof proof;
};

Exported exported(const QTemporaryDir &folder, bool tar)
{
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "server");
    task.exe(builder.file("/bin/server")).vma(0x10000, 0x20000, test::VmaKind::Heap);
    task.page(0x10100, "value " + secret + " ");
    const std::string evidence = folder.filePath(QStringLiteral("evidence")).toStdString();
    if (tar) {
        test::TarWriter writer;
        for (const auto &[name, content] : builder.members())
            writer.file(name, content);
        if (!writeNewFile(evidence, writer.bytes()))
            qFatal("no evidence");
    } else {
        builder.writeTo(evidence);
    }
    const auto checkpoint = Checkpoint::open(evidence);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    const auto memory = *Memory::load(*checkpoint);
    Exported out;
    auto review = Case::create({}, *memory);
    if (!review)
        qFatal("%s", review.error().describe().c_str());
    out.review = std::move(*review);
    const Member *pages = (*checkpoint)->imageMember("pages-1.img");
    const auto whole = pages->content->readAll(0, pages->content->size());
    const size_t at = std::string(asText(*whole)).find(secret);
    if (!out.review->addManual(*memory, {(*checkpoint)->archive().canonical({pages->id, at, secret.size()})},
                               "by hand"))
        qFatal("no redaction");
    ExportSettings settings;
    if (!settings.keepIn(*out.review))
        qFatal("no settings");
    const auto findings = *out.review->findings();
    const auto plan = RedactionPlan::make(*memory, findings, settings.replacement);
    out.output = folder.filePath(QStringLiteral("export")).toStdString();
    auto proof = Exporter(memory).run(*plan, findings, out.output);
    if (!proof)
        qFatal("%s", proof.error().describe().c_str());
    out.proof = std::move(*proof);
    return out;
}

} // namespace

class tst_manifest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void namesTheExport_data();
    void namesTheExport();
    void noticesChanges_data();
    void noticesChanges();
    void badManifests_data();
    void badManifests();
    void signs();
    void passphrases();
    void badKeys();

private:
    [[nodiscard]] std::string path(const char *name) const
    {
        return m_folder->filePath(QString::fromLatin1(name)).toStdString();
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void tst_manifest::namesTheExport_data()
{
    QTest::addColumn<bool>("tar");
    QTest::newRow("directory") << false;
    QTest::newRow("tar") << true;
}

void tst_manifest::namesTheExport()
{
    QFETCH(bool, tar);
    const Exported made = exported(*m_folder, tar);
    const auto facts = ReviewFacts::of(*made.review);
    QVERIFY(facts.ok());
    const auto manifest = Manifest::of(made.output, made.proof, *facts);
    QVERIFY(manifest.ok());
    QCOMPARE(manifest->form, std::string(tar ? "tar" : "directory"));
    QCOMPARE(manifest->review.findings, uint64_t{1});
    QCOMPARE(manifest->valuesChecked, uint64_t{1});
    QCOMPARE(manifest->review.profile, std::string("restorable"));
    QCOMPARE(manifest->evidenceHash, made.proof.evidenceHash);
    QVERIFY(manifest->exportHash != manifest->evidenceHash);
    QCOMPARE(manifest->review.historyLink.size(), size_t{64});
    QVERIFY(manifest->members.size() > 5);
    // Hashes of what it was made from are in no member's entry, and no value anywhere.
    const std::string text = manifest->text();
    QVERIFY(text.find(secret) == std::string::npos);
    for (const MemberHash &member : made.proof.members) {
        if (member.before != member.after)
            QVERIFY(text.find(member.before) == std::string::npos);
        QVERIFY(text.find(member.after) != std::string::npos);
    }
    const auto read = Manifest::parse(text, "file");
    QVERIFY(read.ok());
    QCOMPARE(read->text(), text);
    const auto checked = checkManifest(made.output, *read);
    QVERIFY(checked.ok());
    QCOMPARE(checked->state, ProofItem::State::Passed);
}

void tst_manifest::noticesChanges_data()
{
    QTest::addColumn<QByteArray>("what");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("a byte") << QByteArray("byte") << QByteArray("pages-1.img has another content");
    QTest::newRow("a byte more") << QByteArray("longer") << QByteArray("pages-1.img has ");
    QTest::newRow("a member less") << QByteArray("less") << QByteArray("mm-100.img is missing");
    QTest::newRow("a member more") << QByteArray("more") << QByteArray("extra.img is not in the manifest");
    QTest::newRow("another form") << QByteArray("form") << QByteArray("it is a tar and not a directory");
}

void tst_manifest::noticesChanges()
{
    QFETCH(QByteArray, what);
    QFETCH(QByteArray, says);
    const Exported made = exported(*m_folder, false);
    const auto facts = ReviewFacts::of(*made.review);
    QVERIFY(facts.ok());
    const auto manifest = Manifest::of(made.output, made.proof, *facts);
    QVERIFY(manifest.ok());
    std::string output = made.output;
    QFile pages(QString::fromStdString(output + "/pages-1.img"));
    if (what == "byte") {
        QVERIFY(pages.open(QIODevice::ReadWrite) && pages.seek(9) && pages.putChar('!'));
    } else if (what == "longer") {
        QVERIFY(pages.open(QIODevice::Append) && pages.putChar('!'));
    } else if (what == "less") {
        QVERIFY(QFile::remove(QString::fromStdString(output + "/mm-100.img")));
    } else if (what == "more") {
        QVERIFY(writeNewFile(output + "/extra.img", "x").ok());
    } else {
        test::TarWriter writer;
        writer.file("inventory.img", "x");
        output = path("other.tar");
        QVERIFY(writeNewFile(output, writer.bytes()).ok());
    }
    pages.close();
    const auto checked = checkManifest(output, *manifest);
    QVERIFY(checked.ok());
    QCOMPARE(checked->state, ProofItem::State::Failed);
    QVERIFY2(checked->detail.find(says.toStdString()) != std::string::npos, checked->detail.c_str());
}

void tst_manifest::badManifests_data()
{
    QTest::addColumn<QByteArray>("text");
    const std::string whole = Manifest{}.text();
    QVERIFY(Manifest::parse(whole, {}).ok());
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("a list") << QByteArray("[]");
    QTest::newRow("another format") << QByteArray(R"({"format":"x","version":1})");
    for (const char *name :
         {"\"version\"", "\"tool\"", "\"exportSha256\"", "\"bytesChanged\"", "\"proof\"", "\"members\""}) {
        std::string text = whole;
        text.replace(text.find(name) + 1, 1, "_");
        QTest::newRow(name) << QByteArray::fromStdString(text);
    }
    QTest::newRow("unknown state") << QByteArray::fromStdString(whole).replace(
        "\"proof\": []", R"("proof": [{"id":"a","title":"b","detail":"c","state":"perhaps"}])");
    QTest::newRow("member without a hash") << QByteArray::fromStdString(whole).replace(
        "\"members\": []", R"("members": [{"path":"a","size":1}])");
    QTest::newRow("negative size") << QByteArray::fromStdString(whole).replace(
        "\"members\": []", R"("members": [{"path":"a","size":-1,"sha256":"b"}])");
}

void tst_manifest::badManifests()
{
    QFETCH(QByteArray, text);
    const auto read = Manifest::parse(text.toStdString(), "file");
    QVERIFY(!read.ok());
    QCOMPARE(read.error().code, ErrorCode::InputMalformed);
}

void tst_manifest::signs()
{
    makeKeys(path("key"));
    makeKeys(path("other"));
    const auto signature = signText("a text", path("key"), {});
    QVERIFY(signature.ok());
    QCOMPARE(signature->size(), size_t{64});
    QVERIFY(*signatureFits("a text", *signature, path("key.pub")));
    QVERIFY(!*signatureFits("a texT", *signature, path("key.pub")));
    QVERIFY(!*signatureFits("a text", *signature, path("other.pub")));
    std::string broken = *signature;
    broken[10] = static_cast<char>(broken[10] ^ 1);
    QVERIFY(!*signatureFits("a text", broken, path("key.pub")));
    QVERIFY(!*signatureFits("a text", signature->substr(1), path("key.pub")));
    QVERIFY(!*signatureFits("a text", {}, path("key.pub")));
    const auto one = publicKeyFingerprint(path("key.pub"));
    const auto two = publicKeyFingerprint(path("other.pub"));
    QVERIFY(one.ok() && two.ok());
    QCOMPARE(one->size(), size_t{64});
    QVERIFY(*one != *two);
}

void tst_manifest::passphrases()
{
    makeKeys(path("key"), "open sesame");
    QVERIFY(signText("a text", path("key"), "open sesame").ok());
    for (const std::string wrong : {"", "open", "open sesame "}) {
        const auto signature = signText("a text", path("key"), wrong);
        QVERIFY(!signature.ok());
        QCOMPARE(signature.error().code, ErrorCode::InputMalformed);
        QVERIFY(signature.error().describe().find("sesame") == std::string::npos);
    }
}

void tst_manifest::badKeys()
{
    makeKeys(path("ec"), nullptr, false);
    QCOMPARE(signText("a", path("ec"), {}).error().code, ErrorCode::InputMalformed);
    QCOMPARE(signatureFits("a", "b", path("ec.pub")).error().code, ErrorCode::InputMalformed);
    QVERIFY(writeNewFile(path("text"), "no key").ok());
    QCOMPARE(signText("a", path("text"), {}).error().code, ErrorCode::InputMalformed);
    QCOMPARE(publicKeyFingerprint(path("text")).error().code, ErrorCode::InputMalformed);
    QVERIFY(!signText("a", path("none"), {}).ok());
    makeKeys(path("key"));
    QVERIFY(!signatureFits("a", "b", path("key")).ok()); // a private key is none to check with
}

CRYOSCOPE_TEST(tst_manifest)

} // namespace tst_manifest

#include "tst_manifest.moc"
