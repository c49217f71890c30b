// SPDX-License-Identifier: Apache-2.0
// Exports by the dialog with a profile: chosen and narrowed by keys, proven, remembered by the case, and with
// a private file of pseudonyms that turns names back.
#include "core/checkpoint/checkpoint.h"
#include "core/export/manifestfiles.h"
#include "core/redact/exportsettings.h"
#include "core/redact/pseudonymmap.h"
#include "tests/program/testprogram.h"
#include "tests/ui/windowtest.h"
#include "ui/export/exportdialog.h"
#include "ui/export/filesview.h"
#include "ui/export/profilechooser.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTreeWidget>

#include <openssl/evp.h>
#include <openssl/pem.h>

namespace tst_exportdialog
{

using namespace cryoscope;
using namespace cryoscope::test;
using namespace cryoscope::ui;

class TestExportDialog : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void chooserGivesProfiles();
    void bugReport();
    void changedWhilePlanning();
    void restorableKeepsTheKey();
    void namesWhatRestoreChecks();
    void filesAreTakenOut();
    void rulesForFiles();
    void signedManifest();

private:
    /// Opens the dialog by its key and waits for its plan.
    ExportDialog *openDialog();
    template <class T> static T *child(const QWidget *dialog, const char *name)
    {
        return dialog->findChild<T *>(QString::fromLatin1(name));
    }
    static void choose(const ExportDialog *dialog, int down);

    std::unique_ptr<WindowTest> m_window;
};

void TestExportDialog::init()
{
    m_window = std::make_unique<WindowTest>();
}

void TestExportDialog::cleanup()
{
    m_window.reset();
}

ExportDialog *TestExportDialog::openDialog()
{
    m_window->window->activateWindow();
    (void)QTest::qWaitForWindowActive(m_window->window.get());
    m_window->key(Qt::Key_E, Qt::ControlModifier);
    ExportDialog *dialog = m_window->window->exportDialog();
    if (dialog == nullptr || !QTest::qWaitFor([&] { return dialog->isPlanned(); }, patience))
        return nullptr;
    return dialog;
}

void TestExportDialog::choose(const ExportDialog *dialog, int down)
{
    auto *kind = child<QComboBox>(dialog, "profileKind");
    kind->setFocus();
    for (int i = 0; i < down; ++i)
        QTest::keyClick(kind, Qt::Key_Down);
}

void TestExportDialog::chooserGivesProfiles()
{
    ProfileChooser chooser;
    QCOMPARE(chooser.profile().describe(), Profile().describe());
    for (const char *text : {"bug-report", "keep-pointers,+streams", "no-memory,-memory",
                             "restorable,+network,+paths", "bug-report,-host-names,-network"}) {
        const auto profile = Profile::parse(text);
        QVERIFY2(profile.ok(), text);
        chooser.setProfile(*profile);
        QCOMPARE(chooser.profile().describe(), profile->describe());
        // What the boxes show is what is redacted.
        std::set<std::string> checked;
        for (const QAction *action : child<QPushButton>(&chooser, "profileClasses")->menu()->actions()) {
            QVERIFY(!action->text().isEmpty());
            if (action->isChecked())
                checked.insert(action->data().toString().toStdString());
        }
        std::set<std::string> redacted;
        for (const DataClass dataClass : profile->classes())
            redacted.emplace(dataClassName(dataClass));
        QVERIFY2(checked == redacted, text);
    }
    // Exceptions are written, or chosen for a process.
    chooser.setProfile(*Profile::parse("bug-report,-pid=7,+member=*.log"));
    QCOMPARE(chooser.profile().describe(), std::string("bug-report,-pid=7,+member=*.log"));
    auto *line = child<QLineEdit>(&chooser, "profileExceptions");
    QCOMPARE(line->text(), QStringLiteral("-pid=7; +member=*.log"));
    QSignalSpy changed(&chooser, &ProfileChooser::changed);
    line->setText(QStringLiteral(" -field=mm_entry ;"));
    Q_EMIT line->editingFinished();
    QCOMPARE(changed.size(), 1);
    QCOMPARE(chooser.profile().describe(), std::string("bug-report,-field=mm_entry"));
    line->setText(QStringLiteral("-field=mm_enty"));
    Q_EMIT line->editingFinished();
    QCOMPARE(changed.size(), 1); // as long as it is wrong, what was right stays
    auto *problem = child<QLabel>(&chooser, "exceptionsProblem");
    QVERIFY(!problem->isHidden() && problem->text().contains(QStringLiteral("mm_enty")));
    line->setText(QStringLiteral("+pid=3"));
    Task task;
    task.pid = 12;
    task.comm = "a&b";
    chooser.setTasks({task});
    const auto menus = child<QPushButton>(&chooser, "exceptionForProcess")->menu()->actions();
    QCOMPARE(menus.size(), 2);
    QCOMPARE(menus.front()->menu()->actions().front()->text(), QStringLiteral("12 a&&b"));
    menus.front()->menu()->actions().front()->trigger();
    QCOMPARE(chooser.profile().describe(), std::string("bug-report,+pid=3,-pid=12"));
    QVERIFY(problem->isHidden());
    // A box that is changed and changed back leaves the kind as it was.
    chooser.setProfile(*Profile::parse("bug-report"));
    QAction *first = child<QPushButton>(&chooser, "profileClasses")->menu()->actions().first();
    first->toggle();
    QVERIFY(chooser.profile().describe() != "bug-report");
    first->toggle();
    QCOMPARE(chooser.profile().describe(), std::string("bug-report"));
}

void TestExportDialog::bugReport()
{
    QVERIFY(m_window->open(samplePath()));
    QVERIFY(m_window->scan());
    QPointer<ExportDialog> dialog = openDialog();
    QVERIFY(dialog);
    QVERIFY(!child<QLineEdit>(dialog, "mapPath")->isVisible()); // nothing has a pseudonym
    choose(dialog, 1);
    QTRY_VERIFY_WITH_TIMEOUT(
        child<QLabel>(dialog, "planSummary")->text().contains(QStringLiteral("for reading")), patience);
    auto *notes = child<QListWidget>(dialog, "planNotes");
    QVERIFY(!notes->findItems(QStringLiteral("memory: "), Qt::MatchStartsWith).isEmpty());
    // Without host names, which this report is about.
    for (QAction *action : child<QPushButton>(dialog, "profileClasses")->menu()->actions()) {
        if (action->data().toString() == QStringLiteral("host-names"))
            action->trigger();
    }
    QTRY_VERIFY_WITH_TIMEOUT(
        notes->findItems(QStringLiteral("host-names: "), Qt::MatchStartsWith).isEmpty() &&
            child<QPushButton>(dialog, "startExport")->isVisible(),
        patience);
    const QString map = m_window->folder.filePath(QStringLiteral("names.map"));
    auto *mapPath = child<QLineEdit>(dialog, "mapPath");
    QTRY_VERIFY_WITH_TIMEOUT(mapPath->isVisible() && mapPath->isEnabled(), patience);
    mapPath->setFocus();
    QTest::keyClicks(mapPath, map);
    QTest::keyClick(mapPath, Qt::Key_Tab);
    auto *reason = child<QLineEdit>(dialog, "undecidedReason");
    QTRY_VERIFY_WITH_TIMEOUT(reason->isVisible() && reason->isEnabled(), patience);
    QTest::keyClicks(reason, QStringLiteral("the profile empties them"));
    const QString out = m_window->folder.filePath(QStringLiteral("report.tar.zst"));
    auto *output = child<QLineEdit>(dialog, "outputPath");
    output->setFocus();
    output->selectAll();
    QTest::keyClicks(output, out);
    auto *start = child<QPushButton>(dialog, "startExport");
    QTRY_VERIFY_WITH_TIMEOUT(start->isEnabled(), patience);
    QTest::mouseClick(start, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->proof().has_value() || !dialog->failure().isEmpty(), patience);
    QVERIFY2(dialog->failure().isEmpty(), qPrintable(dialog->failure()));
    QVERIFY(dialog->proof()->complete());

    const auto before = Checkpoint::open(samplePath().toStdString());
    const auto after = Checkpoint::open(out.toStdString());
    QVERIFY(before.ok() && after.ok());
    QCOMPARE((*after)->tasks().size(), (*before)->tasks().size());
    const std::string name = (*before)->tasks().back().comm;
    const std::string pseudonym = (*after)->tasks().back().comm;
    QVERIFY(pseudonym != name);
    // The private file turns it back.
    const auto names = PseudonymMap::read(map.toStdString());
    QVERIFY(names.ok());
    QVERIFY(names->size() > 0);
    QCOMPARE(names->translate("crash of " + pseudonym), "crash of " + name);

    // The next time the case proposes the same.
    QTest::mouseClick(child<QPushButton>(dialog, "closeExport"), Qt::LeftButton);
    QTRY_VERIFY(!dialog);
    ExportDialog *again = openDialog();
    QVERIFY(again != nullptr);
    QCOMPARE(again->findChild<ProfileChooser *>()->profile().describe(),
             std::string("bug-report,-host-names"));
}

void TestExportDialog::changedWhilePlanning()
{
    QVERIFY(m_window->open(samplePath()));
    QPointer<ExportDialog> dialog = openDialog();
    QVERIFY(dialog);
    // One after the other, faster than plans are made: the last counts.
    choose(dialog, 3);
    QTRY_VERIFY_WITH_TIMEOUT(child<QPushButton>(dialog, "startExport")->isEnabled(), patience);
    auto *notes = child<QListWidget>(dialog, "planNotes");
    QVERIFY(!notes->findItems(QStringLiteral("memory: "), Qt::MatchStartsWith).isEmpty());
    QVERIFY(notes->findItems(QStringLiteral("paths: "), Qt::MatchStartsWith).isEmpty());
    QVERIFY(dialog->failure().isEmpty());
}

/// A restorable export between two reports must not give the second other pseudonyms.
void TestExportDialog::restorableKeepsTheKey()
{
    QVERIFY(m_window->open(samplePath()));
    QVERIFY(m_window->scan());
    const std::string key(32, 'k');
    const auto kept = m_window->session().cases().call([&](CaseThread::Slot &review) {
        ExportSettings settings;
        settings.pseudonymKey = key;
        return settings.keepIn(*review);
    });
    QVERIFY(kept.ok());
    m_window->key(Qt::Key_N);
    m_window->key(Qt::Key_A);
    QPointer<ExportDialog> dialog = openDialog();
    QVERIFY(dialog);
    auto *reason = child<QLineEdit>(dialog, "undecidedReason");
    QTRY_VERIFY_WITH_TIMEOUT(reason->isVisible() && reason->isEnabled(), patience);
    QTest::keyClicks(reason, QStringLiteral("a try"));
    child<QLineEdit>(dialog, "outputPath")->setText(m_window->folder.filePath(QStringLiteral("out.tar.zst")));
    auto *start = child<QPushButton>(dialog, "startExport");
    QTRY_VERIFY_WITH_TIMEOUT(start->isEnabled(), patience);
    QTest::mouseClick(start, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->proof().has_value() || !dialog->failure().isEmpty(), patience);
    QVERIFY2(dialog->failure().isEmpty(), qPrintable(dialog->failure()));
    const auto after = m_window->session().cases().call(
        [](CaseThread::Slot &review) { return ExportSettings::of(*review); });
    QVERIFY(after.ok());
    QVERIFY(after->pseudonymKey == key);
}

void TestExportDialog::namesWhatRestoreChecks()
{
    QVERIFY(m_window->open(samplePath()));
    const QPointer<ExportDialog> dialog = openDialog();
    QVERIFY(dialog);
    auto *notes = child<QListWidget>(dialog, "planNotes");
    const auto named = [notes] {
        return notes->findItems(QStringLiteral("restore: "), Qt::MatchContains).size() > 0;
    };
    QVERIFY(!named());
    for (QAction *action : child<QPushButton>(dialog, "profileClasses")->menu()->actions()) {
        if (action->data().toString() == QStringLiteral("registers"))
            action->trigger();
    }
    QTRY_VERIFY_WITH_TIMEOUT(named(), patience);
}

/// Removal for all, one of them kept, one more by its path: planned, exported, proven, remembered.
void TestExportDialog::filesAreTakenOut()
{
    QVERIFY(m_window->open(samplePath()));
    QVERIFY(m_window->scan());
    QPointer<ExportDialog> dialog = openDialog();
    QVERIFY(dialog);
    auto *tabs = child<QTabWidget>(dialog, "exportTabs");
    auto *files = child<QTreeWidget>(dialog, "sensitiveFiles");
    QTRY_COMPARE_WITH_TIMEOUT(files->topLevelItemCount(), 3, patience);
    QVERIFY(tabs->tabText(1).contains(QStringLiteral("(3)")));
    QTest::keyClick(dialog.data(), Qt::Key_S, Qt::AltModifier);
    QCOMPARE(tabs->currentIndex(), 1);
    auto *all = child<QComboBox>(dialog, "allFiles");
    all->setFocus();
    QTest::keyClick(all, Qt::Key_Down);
    QTest::keyClick(all, Qt::Key_Down); // removed
    auto *rules = child<QLineEdit>(dialog, "fileRules");
    rules->setFocus();
    QTest::keyClicks(rules, QStringLiteral("/etc/shop/*=remove"));
    QTest::keyClick(rules, Qt::Key_Tab);
    for (int i = 0; i < files->topLevelItemCount(); ++i) {
        if (files->topLevelItem(i)->text(0).endsWith(QStringLiteral("/credentials")))
            qobject_cast<QComboBox *>(files->itemWidget(files->topLevelItem(i), 3))->setCurrentIndex(3);
    }
    auto *summary = child<QLabel>(dialog, "planSummary");
    QTRY_VERIFY_WITH_TIMEOUT(summary->text().contains(QStringLiteral("3 member")), patience);
    const QString out = m_window->folder.filePath(QStringLiteral("less.tar.zst"));
    auto *output = child<QLineEdit>(dialog, "outputPath");
    output->setText(out);
    child<QLineEdit>(dialog, "undecidedReason")->setText(QStringLiteral("a test"));
    auto *start = child<QPushButton>(dialog, "startExport");
    QTRY_VERIFY_WITH_TIMEOUT(start->isEnabled(), patience);
    QTest::mouseClick(start, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->proof().has_value() || !dialog->failure().isEmpty(), patience);
    QVERIFY2(dialog->failure().isEmpty(), qPrintable(dialog->failure()));
    QVERIFY(dialog->proof()->complete());
    const auto after = Checkpoint::open(out.toStdString());
    QVERIFY(after.ok());
    for (const char *gone : {"etc/shadow", "root/.ssh/id_ed25519", "etc/shop/shop.ini"})
        QVERIFY2((*after)->archive().find(std::string("rootfs-diff.tar!") + gone) == nullptr, gone);
    QVERIFY((*after)->archive().find("rootfs-diff.tar!root/.aws/credentials") != nullptr);

    QTest::mouseClick(child<QPushButton>(dialog, "closeExport"), Qt::LeftButton);
    QTRY_VERIFY(!dialog);
    ExportDialog *again = openDialog();
    QVERIFY(again != nullptr);
    const FileTreatments kept = again->findChild<FilesView *>()->treatments();
    QVERIFY(kept.sensitive == FileTreatment::Remove);
    QCOMPARE(kept.rules.size(), size_t{2});
    QCOMPARE(child<QLineEdit>(again, "fileRules")->text(), QStringLiteral("/etc/shop/*=remove"));
}

void TestExportDialog::rulesForFiles()
{
    FilesView view;
    int changes = 0;
    connect(&view, &FilesView::changed, &view, [&] { ++changes; });
    QVERIFY(view.treatments().isEmpty());
    FileContent shadow;
    shadow.path = "rootfs-diff.tar!etc/shadow";
    view.setFiles({shadow});
    QCOMPARE(view.count(), 1);
    FileTreatments wanted;
    wanted.sensitive = FileTreatment::Content;
    wanted.rules = {*FileRule::parse("*.key=remove"), FileRule::forPath(shadow.path, FileTreatment::Keep)};
    view.setTreatments(wanted);
    QCOMPARE(changes, 0);
    QVERIFY(view.treatments() == wanted);
    // What is no rule is said, and changes nothing.
    auto *rules = view.findChild<QLineEdit *>(QStringLiteral("fileRules"));
    rules->setText(QStringLiteral("*.key=burn"));
    Q_EMIT rules->editingFinished();
    QVERIFY(!view.findChild<QLabel *>(QStringLiteral("fileRulesProblem"))->isHidden());
    QVERIFY(view.treatments() == wanted);
    QCOMPARE(changes, 0);
    rules->setText(QStringLiteral("*.key=keep; ;a=b=content"));
    Q_EMIT rules->editingFinished();
    QVERIFY(view.findChild<QLabel *>(QStringLiteral("fileRulesProblem"))->isHidden());
    QCOMPARE(changes, 1);
    QCOMPARE(view.treatments().rules.size(), size_t{3});
}

void TestExportDialog::signedManifest()
{
    // A key with a passphrase, as openssl makes them.
    const QString key = m_window->folder.filePath(QStringLiteral("key.pem"));
    {
        EVP_PKEY *made = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
        FILE *secretFile = fopen(key.toLocal8Bit().constData(), "w");
        FILE *publicFile = fopen((key + QStringLiteral(".pub")).toLocal8Bit().constData(), "w");
        QByteArray word("open sesame");
        PEM_write_PrivateKey(secretFile, made, EVP_aes_128_cbc(),
                             reinterpret_cast<unsigned char *>(word.data()), static_cast<int>(word.size()),
                             nullptr, nullptr);
        PEM_write_PUBKEY(publicFile, made);
        fclose(secretFile);
        fclose(publicFile);
        EVP_PKEY_free(made);
    }
    QVERIFY(m_window->open(samplePath()));
    QVERIFY(m_window->scan());
    m_window->key(Qt::Key_N);
    m_window->key(Qt::Key_A);
    QPointer<ExportDialog> dialog = openDialog();
    QVERIFY(dialog);
    const QString output = m_window->folder.filePath(QStringLiteral("out.tar.zst"));
    child<QLineEdit>(dialog, "outputPath")->setText(output);
    child<QLineEdit>(dialog, "undecidedReason")->setText(QStringLiteral("a test"));
    auto *passphrase = child<QLineEdit>(dialog, "manifestPassphrase");
    QVERIFY(!passphrase->isEnabled());
    child<QCheckBox>(dialog, "manifestWanted")->click();
    child<QLineEdit>(dialog, "manifestKey")->setText(key);
    QVERIFY(passphrase->isEnabled());
    // Without the passphrase nothing is exported.
    auto *start = child<QPushButton>(dialog, "startExport");
    QTRY_VERIFY_WITH_TIMEOUT(start->isEnabled(), patience);
    start->click();
    QTRY_VERIFY_WITH_TIMEOUT(!dialog->failure().isEmpty(), patience);
    QVERIFY(!QFileInfo::exists(output));
    QTest::keyClicks(passphrase, QStringLiteral("open sesame"));
    QTRY_VERIFY_WITH_TIMEOUT(start->isEnabled(), patience);
    start->click();
    QTRY_VERIFY_WITH_TIMEOUT(
        dialog->proof().has_value() &&
            child<QLabel>(dialog, "exportPhase")->text().contains(QStringLiteral(".manifest.json")),
        patience);
    QVERIFY(passphrase->text().isEmpty());
    const auto items =
        checkByManifest(output.toStdString(), (output + QStringLiteral(".manifest.json")).toStdString(),
                        (key + QStringLiteral(".pub")).toStdString(), &*dialog->proof());
    QVERIFY(items.ok());
    QCOMPARE(items->size(), size_t{3});
    for (const ProofItem &item : *items)
        QCOMPARE(item.state, ProofItem::State::Passed);
}

CRYOSCOPE_TEST(TestExportDialog)

} // namespace tst_exportdialog

#include "tst_exportdialog.moc"
