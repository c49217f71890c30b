// SPDX-License-Identifier: Apache-2.0
// Many long literals at once: each place of each is told once, wherever it stands, and nothing else is.
#include "core/detect/windowfilter.h"
#include "tests/program/testprogram.h"

#include <algorithm>
#include <random>
#include <set>

namespace tst_windowfilter
{

using namespace cryoscope;

namespace
{

using Places = std::multiset<std::pair<size_t, size_t>>; // id, offset

Places search(const WindowFilter &filter, std::string_view text)
{
    Places places;
    filter.search(text, [&](size_t id, size_t at) { places.emplace(id, at); });
    return places;
}

} // namespace

class TestWindowFilter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyAlignment_data();
    void everyAlignment();
    void refused();
    void asTextFind();
};

void TestWindowFilter::everyAlignment_data()
{
    QTest::addColumn<size_t>("length");
    for (const size_t length : {size_t{11}, size_t{14}, size_t{15}, size_t{16}, size_t{64}})
        QTest::addRow("%zu bytes", length) << length;
}

void TestWindowFilter::everyAlignment()
{
    QFETCH(size_t, length);
    std::string literal = "correct horse battery staple, and a paper clip; 0123456789 ABCDEF.";
    literal.resize(length);
    for (const bool withShort : {false, true}) { // a short one changes how long ones are looked for
        WindowFilter filter;
        QVERIFY(filter.add(literal, 7));
        if (withShort)
            QVERIFY(filter.add("elevenbytes", 8));
        filter.prepare();
        for (size_t before = 0; before < 20; ++before) {
            const std::string text = std::string(before, '.') + literal;
            QCOMPARE(search(filter, text), (Places{{7, before}})); // the last bytes of a text
            QCOMPARE(search(filter, text + literal), (Places{{7, before}, {7, before + length}}));
            QCOMPARE(search(filter, text.substr(0, text.size() - 1)), Places{}); // cut short
            std::string other = text;
            other.back() = '~';
            QCOMPARE(search(filter, other), Places{});
        }
    }
}

void TestWindowFilter::refused()
{
    WindowFilter filter;
    QVERIFY(!filter.add("ten bytes.", 1));
    QVERIFY(!filter.add(std::string(64, '\0'), 2));
    QVERIFY(filter.empty());
    filter.prepare();
    QCOMPARE(search(filter, "ten bytes. ten bytes."), Places{});
    QCOMPARE(search(filter, ""), Places{});
}

void TestWindowFilter::asTextFind()
{
    // Few different bytes, so that literals overlap themselves and each other.
    std::mt19937 random(7);
    const auto text = [&](size_t size) {
        std::string made(size, '\0');
        for (char &c : made)
            c = "aab"[random() % 3];
        return made;
    };
    const std::string all = text(20'000);
    WindowFilter filter;
    std::vector<std::string> literals;
    for (size_t i = 0; i < 500; ++i) {
        const size_t length = 11 + random() % 8;
        // Half of them stand in the text.
        const std::string literal = i % 2 == 0 ? text(length) : all.substr(random() % 19'000, length);
        if (filter.add(literal, literals.size()))
            literals.push_back(literal);
    }
    filter.prepare();
    Places expected;
    for (size_t i = 0; i < literals.size(); ++i) {
        for (size_t at = all.find(literals[i]); at != std::string::npos; at = all.find(literals[i], at + 1))
            expected.emplace(i, at);
    }
    QVERIFY(expected.size() > 500);
    QVERIFY(search(filter, all) == expected);
}

CRYOSCOPE_TEST(TestWindowFilter)

} // namespace tst_windowfilter

#include "tst_windowfilter.moc"
