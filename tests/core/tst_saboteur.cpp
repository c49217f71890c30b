// SPDX-License-Identifier: Apache-2.0
// The proof against broken exports: each promise that an export can break is broken, in each form of a
// checkpoint and with each profile, and the item of the proof that is there for it must see it.
#include "core/export/exporter.h"
#include "core/export/verifier.h"
#include "core/review/copies.h"
#include "tests/program/testprogram.h"
#include "tests/support/sabotages.h"

#include <QTemporaryDir>

#include <array>
#include <filesystem>
#include <fstream>

namespace tst_saboteur
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

using Form = StoredCheckpoint::Form;

struct NamedForm {
    const char *name;
    Form form;
};
constexpr std::array forms{NamedForm{"directory", Form::Directory}, NamedForm{"tar", Form::Tar},
                           NamedForm{"tar.zst", Form::TarZst}, NamedForm{"nested tar", Form::Nested}};
constexpr std::array profiles{"restorable", "bug-report", "keep-pointers", "no-memory"};

/// One export that is right, with what it is held against.
struct Made {
    std::string path; ///< of the evidence
    std::shared_ptr<const Memory> memory;
    std::optional<RedactionPlan> plan;
    StoredCheckpoint evidence;
    StoredCheckpoint exported;
    std::string hash;
};

QStringList failedItems(const Proof &proof)
{
    QStringList failed;
    for (const ProofItem &item : proof.items) {
        if (item.state == ProofItem::State::Failed)
            failed << QString::fromStdString(item.id);
        for (const auto &[name, form] : SabotageGround::encodings()) {
            if (item.detail.find(form) != std::string::npos)
                failed << QStringLiteral("(tells the value)");
        }
    }
    return failed;
}

} // namespace

class TestSaboteur : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void broken_data();
    void broken();
    void anotherForm_data();
    void anotherForm();
    void bytesBehindTheArchive_data();
    void bytesBehindTheArchive();
    void evidenceChanged_data() { everyForm(); }
    void evidenceChanged();

private:
    static void everyForm();
    /// The export of a form with a profile; made once.
    const Made &made(Form form, const QString &profile);
    /// What the proof says of an export at `path`.
    static Proof proofOf(const Made &what, const std::string &path);
    [[nodiscard]] std::string fresh();

    QTemporaryDir m_folder;
    std::map<std::pair<Form, QString>, Made> m_made;
    unsigned m_count = 0;
};

std::string TestSaboteur::fresh()
{
    return m_folder.filePath(QString::number(m_count++)).toStdString();
}

const Made &TestSaboteur::made(Form form, const QString &profile)
{
    Made &what = m_made[{form, profile}];
    if (what.plan)
        return what;
    what.path = fresh();
    SabotageGround::write(what.path, form);
    const auto checkpoint = Checkpoint::open(what.path);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    what.memory = *Memory::load(*checkpoint);
    for (const Problem &problem : what.memory->problems()) {
        if (problem.severity != Severity::Note)
            qFatal("%s", problem.error.describe().c_str());
    }
    auto kept = Case::create({}, *what.memory);
    const std::vector<std::string> values{SabotageGround::secret()};
    const auto found = findCopiesOf(*what.memory, values);
    if (!found || !(*kept)->acceptExtents(*what.memory, Origin::ValueFile, found->found, "test"))
        qFatal("the value cannot be accepted");
    const auto findings = *(*kept)->findings();
    auto plan =
        RedactionPlan::make(*what.memory, findings, Replacement{}, *Profile::parse(profile.toStdString()),
                            "a key of thirty-two bytes, or so");
    if (!plan)
        qFatal("%s", plan.error().describe().c_str());
    const std::string out = fresh();
    const auto proof = Exporter(what.memory).run(*plan, findings, out);
    if (!proof)
        qFatal("%s", proof.error().describe().c_str());
    what.plan = std::move(*plan);
    what.evidence = StoredCheckpoint::read(what.path, form);
    what.exported = StoredCheckpoint::read(out, form);
    what.hash = proof->evidenceHash;
    return what;
}

Proof TestSaboteur::proofOf(const Made &what, const std::string &path)
{
    VerifyInput input;
    input.evidence = what.memory.get();
    input.plan = &*what.plan;
    input.values = {SabotageGround::secret()};
    input.evidenceHashBefore = what.hash;
    auto proof = verifyExport(path, input);
    if (!proof)
        qFatal("%s", proof.error().describe().c_str());
    return std::move(*proof);
}

void TestSaboteur::broken_data()
{
    QTest::addColumn<qsizetype>("form");
    QTest::addColumn<QString>("profile");
    QTest::addColumn<qsizetype>("number");
    const auto all = allSabotages();
    for (size_t form = 0; form < forms.size(); ++form) {
        for (const char *profile : profiles) {
            for (size_t number = 0; number < all.size(); ++number) {
                if (all[number].inDirectory || forms[form].form != Form::Directory)
                    QTest::addRow("%s, %s: %s", forms[form].name, profile, all[number].name.c_str())
                        << static_cast<qsizetype>(form) << QString::fromLatin1(profile)
                        << static_cast<qsizetype>(number);
            }
        }
    }
}

void TestSaboteur::broken()
{
    QFETCH(qsizetype, form);
    QFETCH(QString, profile);
    QFETCH(qsizetype, number);
    static const auto all = allSabotages();
    const Sabotage &sabotage = all[static_cast<size_t>(number)];
    const NamedForm &named = forms[static_cast<size_t>(form)];
    const Made &what = made(named.form, profile);
    StoredCheckpoint bad = what.exported;
    sabotage.change(bad, what.evidence);
    const std::string path = fresh();
    bad.write(path);
    const Proof proof = proofOf(what, path);
    std::filesystem::remove_all(path);
    const QStringList failed = failedItems(proof);
    auto wanted = sabotage.items;
    if (sabotage.value && profile == QStringLiteral("restorable")) // the others plan to change what is there
        wanted.push_back("values-absent");
    const std::vector<std::string> structure{"structure"};
    if (named.form == Form::Nested && (!sabotage.inDirectory || wanted == structure)) {
        // A header or padding of a tar within is content, and what its members are called may change.
        QVERIFY2(failed.contains(QStringLiteral("structure")) ||
                     failed.contains(QStringLiteral("difference")),
                 qPrintable(failed.join(u' ')));
    } else {
        for (const std::string &item : wanted)
            QVERIFY2(failed.contains(QString::fromStdString(item)),
                     qPrintable("failed: " + failed.join(u' ')));
        QVERIFY2(failed.isEmpty() == wanted.empty(), qPrintable(failed.join(u' ')));
    }
    QVERIFY(!failed.contains(QStringLiteral("(tells the value)")));
}

void TestSaboteur::everyForm()
{
    QTest::addColumn<qsizetype>("form");
    for (size_t form = 0; form < forms.size(); ++form)
        QTest::addRow("%s", forms[form].name) << static_cast<qsizetype>(form);
}

void TestSaboteur::anotherForm_data()
{
    QTest::addColumn<qsizetype>("form");
    QTest::addColumn<qsizetype>("now");
    for (size_t form = 0; form < 3; ++form) {
        for (size_t now = 0; now < 3; ++now) {
            if (form != now)
                QTest::addRow("%s as %s", forms[form].name, forms[now].name)
                    << static_cast<qsizetype>(form) << static_cast<qsizetype>(now);
        }
    }
}

/// All is right but for how it is packed.
void TestSaboteur::anotherForm()
{
    QFETCH(qsizetype, form);
    QFETCH(qsizetype, now);
    const Made &what = made(forms[static_cast<size_t>(form)].form, QStringLiteral("restorable"));
    StoredCheckpoint bad = what.exported;
    bad.form = forms[static_cast<size_t>(now)].form;
    bad.end.resize(std::max<size_t>(bad.end.size(), 1024)); // a directory has none
    const std::string path = fresh();
    bad.write(path);
    const QStringList failed = failedItems(proofOf(what, path));
    QVERIFY2(failed.contains(QStringLiteral("structure")), qPrintable(failed.join(u' ')));
}

void TestSaboteur::bytesBehindTheArchive_data()
{
    QTest::addColumn<qsizetype>("form");
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray secret = QByteArray::fromStdString(SabotageGround::secret());
    for (size_t form = 1; form < forms.size(); ++form) {
        const auto row = [&](const char *name, const QByteArray &bytes) {
            QTest::addRow("%s, %s", forms[form].name, name) << static_cast<qsizetype>(form) << bytes;
        };
        row("the value", secret);
        row("other bytes", "what was there before");
        if (forms[form].form != Form::TarZst)
            continue;
        // A frame that decoders skip (RFC 8878, 3.1.2).
        const QByteArray skipped("\x50\x2a\x4d\x18", 4);
        row("the value in a skipped frame",
            skipped + static_cast<char>(secret.size()) + QByteArray(3, '\0') + secret);
        row("other bytes in a skipped frame", skipped + '\4' + QByteArray(3, '\0') + "left");
        const std::string more = zstdOf(SabotageGround::secret());
        row("the value in another frame", QByteArray::fromStdString(more));
    }
}

/// Behind what a reader of the archive looks at.
void TestSaboteur::bytesBehindTheArchive()
{
    QFETCH(qsizetype, form);
    QFETCH(QByteArray, bytes);
    const Made &what = made(forms[static_cast<size_t>(form)].form, QStringLiteral("restorable"));
    StoredCheckpoint bad = what.exported;
    bad.behind = bytes.toStdString();
    const std::string path = fresh();
    bad.write(path);
    QVERIFY(!failedItems(proofOf(what, path)).isEmpty());
}

void TestSaboteur::evidenceChanged()
{
    QFETCH(qsizetype, form);
    const Form kind = forms[static_cast<size_t>(form)].form;
    const Made &what = made(kind, QStringLiteral("restorable"));
    const std::string path = fresh();
    what.exported.write(path);
    const std::string file = kind == Form::Directory ? what.path + "/dump.log" : what.path;
    const auto flip = [&] {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(-1, std::ios::end);
        const char last = static_cast<char>(stream.get() ^ 1);
        stream.seekp(-1, std::ios::end);
        stream.put(last);
    };
    flip();
    const QStringList failed = failedItems(proofOf(what, path));
    flip();
    QVERIFY2(failed.contains(QStringLiteral("evidence-unchanged")), qPrintable(failed.join(u' ')));
    QVERIFY(failedItems(proofOf(what, path)).isEmpty());
}

CRYOSCOPE_TEST(TestSaboteur)

} // namespace tst_saboteur

#include "tst_saboteur.moc"
