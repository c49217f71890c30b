// SPDX-License-Identifier: Apache-2.0
// The search for literals against the simplest one that could be: nothing may be lost, wherever it stands.
#include "core/detect/literalmatcher.h"
#include "tests/program/testprogram.h"

#include <random>
#include <set>
#include <strings.h>

namespace tst_literalmatcher
{

using namespace cryoscope;

class TestLiteralMatcher : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void atEveryPlaceOfAText_data();
    void atEveryPlaceOfAText();
    void agreesWithComparing_data();
    void agreesWithComparing();
    void leadingZeros();
    void orderedByEnds();
    void nothing();
};

namespace
{

using Hits = std::set<std::pair<size_t, size_t>>; // literal, offset

Hits search(const std::vector<Literal> &literals, std::string_view text)
{
    const auto matcher = LiteralMatcher::compile(literals);
    if (!matcher)
        qFatal("%s", matcher.error().describe().c_str());
    auto scratch = (*matcher)->makeScratch();
    if (!scratch)
        qFatal("%s", scratch.error().describe().c_str());
    Hits hits;
    (*matcher)->search(text, scratch.value(),
                       [&hits](size_t literal, size_t at) { hits.emplace(literal, at); });
    return hits;
}

/// By comparing at each place.
Hits compare(const std::vector<Literal> &literals, std::string_view text)
{
    Hits hits;
    for (size_t i = 0; i < literals.size(); ++i) {
        const auto &[bytes, anyCase] = literals[i];
        for (size_t at = 0; at + bytes.size() <= text.size(); ++at) {
            const auto here = text.substr(at, bytes.size());
            if (here == bytes || (anyCase && ::strncasecmp(here.data(), bytes.data(), bytes.size()) == 0))
                hits.emplace(i, at);
        }
    }
    return hits;
}

} // namespace

void TestLiteralMatcher::atEveryPlaceOfAText_data()
{
    QTest::addColumn<QStringList>("literals");
    QTest::newRow("one") << QStringList{QStringLiteral("password")};
    // Vectorscan 5.4.9 alone loses the first of these near the end of a text.
    QTest::newRow("two") << QStringList{QStringLiteral("password"), QStringLiteral("hunter22")};
    QTest::newRow("forms of a value")
        << QStringList{QStringLiteral("Ab1!"), QStringLiteral("41623121"), QStringLiteral("%41%62%31%21")};
}

void TestLiteralMatcher::atEveryPlaceOfAText()
{
    QFETCH(QStringList, literals);
    std::vector<Literal> all;
    for (const QString &literal : literals)
        all.push_back({literal.toStdString(), false});
    const auto matcher = *LiteralMatcher::compile(all);
    auto scratch = matcher->makeScratch();
    QVERIFY(scratch.ok());
    for (const size_t size : {size_t{20}, size_t{120}, size_t{121}, size_t{200}, size_t{333}, size_t{5000}}) {
        for (size_t i = 0; i < all.size(); ++i) {
            const std::string &literal = all[i].bytes;
            const size_t first = size > 1000 ? size - 400 : 0;
            for (size_t at = first; at + literal.size() <= size; ++at) {
                std::string text(size, '.');
                text.replace(at, literal.size(), literal);
                Hits hits;
                matcher->search(text, scratch.value(), [&hits](size_t l, size_t o) { hits.emplace(l, o); });
                QVERIFY2(hits == (Hits{{i, at}}),
                         (literal + " at " + std::to_string(at) + " of " + std::to_string(size)).c_str());
            }
        }
    }
}

void TestLiteralMatcher::agreesWithComparing_data()
{
    QTest::addColumn<unsigned>("most");
    QTest::newRow("few") << 4u;
    QTest::newRow("some") << 20u;
    QTest::newRow("many") << 200u;
}

void TestLiteralMatcher::agreesWithComparing()
{
    QFETCH(unsigned, most);
    std::mt19937 random(most);
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    for (int round = 0; round < 100; ++round) {
        const size_t alphabet = 2 + random() % 60;
        std::vector<Literal> literals(1 + random() % most);
        for (Literal &literal : literals) {
            literal.anyCase = random() % 4 == 0;
            for (size_t length = 3 + random() % 14; length > 0; --length)
                literal.bytes += letters[random() % alphabet];
        }
        const auto matcher = *LiteralMatcher::compile(literals);
        auto scratch = matcher->makeScratch();
        QVERIFY(scratch.ok());
        for (int text = 0; text < 20; ++text) {
            std::string bytes(random() % (text % 2 == 0 ? 100 : 2000), '.');
            for (size_t i = random() % 10; i > 0; --i) {
                const std::string &literal = literals[random() % literals.size()].bytes;
                if (bytes.size() < literal.size())
                    continue;
                const size_t room = bytes.size() - literal.size();
                const bool atEnd = random() % 2 == 0;
                const size_t at =
                    atEnd ? room - std::min<size_t>(room, random() % 80) : random() % (room + 1);
                bytes.replace(at, literal.size(), literal);
            }
            Hits hits;
            size_t count = 0;
            matcher->search(bytes, scratch.value(), [&](size_t literal, size_t at) {
                hits.emplace(literal, at);
                ++count;
            });
            QVERIFY(hits == compare(literals, bytes));
            QCOMPARE(count, hits.size()); // each once
        }
    }
}

void TestLiteralMatcher::leadingZeros()
{
    const std::vector<Literal> literals{{std::string("\0\0ab", 4), false},
                                        {std::string("\0a\0b\0", 5), false}};
    for (const auto &text :
         {std::string("\0\0\0ab\0a\0b\0", 10), std::string("\0ab", 3), std::string("ab", 2),
          std::string("\0\0ab", 4), std::string(200, '\0') + "ab" + std::string(200, '\0')})
        QVERIFY(search(literals, text) == compare(literals, text));
    // A literal whose end is zeros is not found in what is behind a text.
    QVERIFY(search({{std::string("ab\0\0", 4), false}}, "xxab").empty());
    QVERIFY(search({{std::string("ab\0\0", 4), false}}, std::string("xxab\0", 5)).empty());
    QCOMPARE(search({{std::string("ab\0\0", 4), false}}, std::string("xxab\0\0", 6)).size(), size_t{1});
}

void TestLiteralMatcher::orderedByEnds()
{
    const auto matcher =
        *LiteralMatcher::compile(std::vector<Literal>{{"abcd", false}, {"bc", true}, {"cde", false}});
    auto scratch = matcher->makeScratch();
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "abcde..";
    size_t last = 0;
    size_t count = 0;
    matcher->search(text, scratch.value(), [&](size_t literal, size_t at) {
        const size_t end = at + (literal == 0 ? 4 : literal == 1 ? 2 : 3);
        QVERIFY(end >= last);
        last = end;
        ++count;
    });
    QCOMPARE(count, size_t{300});
}

void TestLiteralMatcher::nothing()
{
    QVERIFY(search({}, "text").empty());
    QVERIFY(search({{"abc", false}}, {}).empty());
    QVERIFY(search({{"abc", false}}, "ab").empty());
    LiteralMatcher::Scratch one;
    LiteralMatcher::Scratch other(std::move(one));
    one = std::move(other);
}

CRYOSCOPE_TEST(TestLiteralMatcher)

} // namespace tst_literalmatcher

#include "tst_literalmatcher.moc"
