// SPDX-License-Identifier: Apache-2.0
// A directory with two checkpoints: the tree lists both, choosing one by a key shows it, and the decisions of
// the case stay.
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/ui/windowtest.h"
#include "ui/models/checkpointtree.h"

#include <QDir>
#include <QFile>
#include <QTreeView>

namespace tst_chooseset
{

using namespace cryoscope;
using namespace cryoscope::test;
using namespace cryoscope::ui;

namespace
{

/// Images of one process with a token in its memory.
bool writeSet(const QString &folder, uint32_t pid, const std::string &token)
{
    CheckpointBuilder builder;
    auto &task = builder.task(pid, "prog" + std::to_string(pid));
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).page(0x11000, "token=" + token + "\n");
    QDir().mkpath(folder);
    for (const auto &[name, content] : builder.members()) {
        QFile file(folder + QLatin1Char('/') + QString::fromStdString(name));
        if (!file.open(QIODevice::WriteOnly) ||
            file.write(content.data(), static_cast<qint64>(content.size())) < 0)
            return false;
    }
    return true;
}

} // namespace

class TestChooseSet : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void byKey();

private:
    /// The row of the tree that stands for a set that is not shown; invalid if there is none.
    static QModelIndex otherSet(const CheckpointTree &tree);
};

QModelIndex TestChooseSet::otherSet(const CheckpointTree &tree)
{
    for (int top = 0; top < tree.rowCount(); ++top) {
        const QModelIndex heading = tree.index(top, 0);
        for (int row = 0; row < tree.rowCount(heading); ++row) {
            const QModelIndex index = tree.index(row, 0, heading);
            if (!tree.otherSetAt(index).isEmpty())
                return index;
        }
    }
    return {};
}

void TestChooseSet::byKey()
{
    WindowTest test;
    const QString folder = test.folder.filePath(QStringLiteral("two"));
    QVERIFY(writeSet(folder + QStringLiteral("/first"), 100,
                     "ghp_" + std::string("Ab1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2")));
    QVERIFY(writeSet(folder + QStringLiteral("/second"), 200, "another-thing"));
    QVERIFY(test.open(folder));
    QCOMPARE(test.session().memory()->checkpoint().tasks().front().pid, uint32_t{100});
    QVERIFY(test.scan());
    test.key(Qt::Key_N);
    test.key(Qt::Key_A);
    QTRY_VERIFY(test.count(Decision::Accepted) > 0);
    const size_t accepted = test.count(Decision::Accepted);

    auto *view = test.child<QTreeView>("checkpointTree");
    auto *tree = qobject_cast<CheckpointTree *>(view->model());
    const QModelIndex other = otherSet(*tree);
    QVERIFY(other.isValid());
    QVERIFY(other.data().toString().startsWith(QStringLiteral("second/")));
    view->setCurrentIndex(other); // shows the inventory, as any row does
    view->setFocus();
    QTest::keyClick(view, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(test.session().isOpen() && !test.session().isBusy() &&
                                 test.session().memory()->checkpoint().imagePrefix() == "second/",
                             patience);
    QCOMPARE(test.session().memory()->checkpoint().tasks().front().pid, uint32_t{200});
    QCOMPARE(test.session().path(), folder);
    QCOMPARE(test.count(Decision::Accepted), accepted);
    // And back.
    const QModelIndex first = otherSet(*tree);
    QVERIFY(first.isValid());
    QVERIFY(first.data().toString().startsWith(QStringLiteral("first/")));
    Q_EMIT view->activated(first);
    QTRY_VERIFY_WITH_TIMEOUT(test.session().isOpen() && !test.session().isBusy() &&
                                 test.session().memory()->checkpoint().imagePrefix() == "first/",
                             patience);
    QCOMPARE(test.count(Decision::Accepted), accepted);
}

CRYOSCOPE_TEST(TestChooseSet)

} // namespace tst_chooseset

#include "tst_chooseset.moc"
