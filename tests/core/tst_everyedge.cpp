// SPDX-License-Identifier: Apache-2.0
// A value of every rule, at every edge that memory has, in every width of characters: found exactly, and
// nothing else.
#include "core/detect/scanner.h"
#include "core/detect/utf.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/ruleexamples.h"

#include <QTemporaryDir>

#include <map>
#include <set>

namespace tst_everyedge
{

using namespace cryoscope;

namespace
{

constexpr uint64_t firstArea = 0x10000000;
constexpr uint64_t areaStep = 0x40000;
constexpr uint64_t areaBytes = 0x20000;
constexpr uint64_t pageBytes = 0x1000;

std::shared_ptr<const RuleSet> rules()
{
    RuleSet::Options options;
    options.personal = true;
    const auto set = RuleSet::withFiles({}, options);
    if (!set)
        qFatal("%s", set.error().describe().c_str());
    return *set;
}

std::string encoded(const std::string &text, Encoding encoding)
{
    const std::u32string wide = QString::fromLatin1(QByteArray::fromStdString(text)).toStdU32String();
    switch (encoding) {
    case Encoding::Utf16Le:
        return encodeUtf16(wide, ByteSex::Little);
    case Encoding::Utf16Be:
        return encodeUtf16(wide, ByteSex::Big);
    case Encoding::Utf32Le:
        return encodeUtf32(wide, ByteSex::Little);
    case Encoding::Utf32Be:
        return encodeUtf32(wide, ByteSex::Big);
    default:
        return text;
    }
}

/// Where a value stands, and what it is.
struct Place {
    std::string rule;
    std::string name; ///< of the example and the edge; not compared
};
using Places = std::map<std::pair<uint64_t, uint64_t>, Place>; ///< by address and length

/// A task whose areas have values of all examples at all edges, and the parent set that it needs.
class Builder
{
public:
    Builder(const RuleSet &rules, Encoding encoding) : m_encoding(encoding)
    {
        m_child.maxRun(1).parent("parent-set");
        auto &task = m_child.task(100, "prog");
        auto &older = m_parent.task(100, "prog");
        task.exe(m_child.file("/bin/prog"));
        older.exe(m_parent.file("/bin/prog"));
        // Other values at each edge, so that each is found for itself.
        enum Edge : uint32_t { First, Page, PageBegin, Parent, Last, edges };
        std::vector<std::vector<test::RuleExample>> at;
        for (uint32_t edge = 0; edge < edges; ++edge)
            at.push_back(test::ruleExamples(rules, edge + 1));
        for (size_t i = 0; i < at[First].size(); ++i) {
            const uint64_t area = firstArea + i * areaStep;
            task.vma(area, area + areaBytes);
            older.vma(area, area + areaBytes);
            place(task, area, 0, at[First][i], "first bytes of a VMA");
            place(task, area + 4 * pageBytes, half(at[Page][i]), at[Page][i], "over pages and entries");
            place(task, area + 8 * pageBytes, encoded(at[PageBegin][i].before, encoding).size(),
                  at[PageBegin][i], "the value begins with a page");
            place(task, area + areaBytes, whole(at[Last][i]).size(), at[Last][i], "last bytes of a VMA");
            // Its first part only the parent set has, the rest is newer.
            const uint64_t border = area + 0x10 * pageBytes;
            const std::string text = whole(at[Parent][i]);
            const uint64_t cut = half(at[Parent][i]);
            older.page(border - pageBytes, std::string(pageBytes - cut, '\0') + text.substr(0, cut));
            task.inParent(border - pageBytes).page(border, text.substr(cut));
            expect(border - cut, at[Parent][i], "over parent and child");
        }
    }

    void writeTo(const QTemporaryDir &folder) const
    {
        m_child.writeTo(folder.path().toStdString());
        m_parent.writeTo(folder.filePath(QStringLiteral("parent-set")).toStdString());
    }
    [[nodiscard]] const Places &expected() const { return m_expected; }
    /// Rules that have an example.
    [[nodiscard]] const std::set<std::string> &covered() const { return m_covered; }

private:
    [[nodiscard]] std::string whole(const test::RuleExample &example) const
    {
        return encoded(example.before + example.value + example.after, m_encoding);
    }
    /// An offset within the value, between two characters.
    [[nodiscard]] uint64_t half(const test::RuleExample &example) const
    {
        return encoded(example.before + example.value.substr(0, example.value.size() / 2), m_encoding).size();
    }
    void expect(uint64_t address, const test::RuleExample &example, const char *edge)
    {
        m_covered.insert(example.rule);
        m_expected[{address + encoded(example.before, m_encoding).size(),
                    encoded(example.value, m_encoding).size()}] = {example.rule, example.name + ", " + edge};
    }
    /// `before`: bytes of it that stand below `border`.
    void place(test::TaskBuilder &task, uint64_t border, uint64_t before, const test::RuleExample &example,
               const char *edge)
    {
        task.page(border - before, whole(example));
        expect(border - before, example, edge);
    }

    Encoding m_encoding;
    test::CheckpointBuilder m_child;
    test::CheckpointBuilder m_parent;
    Places m_expected;
    std::set<std::string> m_covered;
};

} // namespace

class tst_everyedge : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void found_data();
    void found();
    void everyRuleHasAnExample();
};

void tst_everyedge::found_data()
{
    QTest::addColumn<int>("encoding");
    for (const Encoding encoding :
         {Encoding::Raw, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Utf32Le, Encoding::Utf32Be})
        QTest::addRow("%s", std::string(encodingName(encoding)).c_str()) << static_cast<int>(encoding);
}

void tst_everyedge::found()
{
    QFETCH(int, encoding);
    const auto set = rules();
    const Builder builder(*set, static_cast<Encoding>(encoding));
    QTemporaryDir folder;
    builder.writeTo(folder);
    const auto checkpoint = Checkpoint::open(folder.path().toStdString());
    QVERIFY(checkpoint.ok());
    const auto memory = *Memory::load(*checkpoint);
    // Units as small as pages: their edges are where pages' are. And such that hold a whole area.
    for (const uint64_t unit : {pageBytes, uint64_t{256} << 10}) {
        ScanOptions options;
        options.unitBytes = unit;
        options.jobs = 2;
        Places found;
        const auto done = Scanner(memory, set).run(options, [&](std::vector<Finding> &&batch) {
            for (const Finding &finding : batch) {
                if (finding.address >= firstArea && finding.address < (uint64_t{1} << 46))
                    found[{finding.address, finding.length()}] = {
                        finding.rule,
                        finding.encoding == static_cast<Encoding>(encoding) ? "" : "other encoding"};
            }
        });
        QVERIFY(done.ok());
        QStringList faults;
        for (const auto &[place, what] : builder.expected()) {
            const auto at = found.find(place);
            if (at == found.end())
                faults += QString::fromStdString("missed: " + what.name);
            else if (at->second.rule != what.rule || !at->second.name.empty())
                faults +=
                    QString::fromStdString(what.name + " is " + at->second.rule + " " + at->second.name);
        }
        for (const auto &[place, what] : found) {
            if (!builder.expected().contains(place))
                faults += QStringLiteral("%1 also at %2, %3 bytes")
                              .arg(QString::fromStdString(what.rule))
                              .arg(place.first, 0, 16)
                              .arg(place.second);
        }
        const QString first = faults.mid(0, 40).join(QLatin1Char('\n'));
        QVERIFY2(faults.isEmpty(), qPrintable(QStringLiteral("%1 of %2 places, unit %3:\n%4")
                                                  .arg(faults.size())
                                                  .arg(builder.expected().size())
                                                  .arg(unit)
                                                  .arg(first)));
    }
}

void tst_everyedge::everyRuleHasAnExample()
{
    const auto set = rules();
    const Builder builder(*set, Encoding::Raw);
    for (const Rule &rule : set->rules()) {
        // What only decodes text for the others.
        if (rule.confirm->trigger == Trigger::Percent || rule.confirm->trigger == Trigger::Escaped)
            continue;
        QVERIFY2(builder.covered().contains(rule.id), rule.id.c_str());
    }
}

CRYOSCOPE_TEST(tst_everyedge)

} // namespace tst_everyedge

#include "tst_everyedge.moc"
