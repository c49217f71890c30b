// SPDX-License-Identifier: Apache-2.0
// Text in wide characters: its stretches, byte orders, borders; and the quick tests before it, the same in
// each form that the processor can run.
#include "core/detect/bytescan.h"
#include "core/detect/charset.h"
#include "core/detect/keys/simd.h"
#include "core/detect/utf.h"
#include "core/detect/widetext.h"
#include "tests/program/testprogram.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace tst_widetext
{

using namespace cryoscope;

namespace
{

struct Text {
    Encoding encoding;
    size_t begin;
    std::string narrow;
};

std::vector<Text> find(const std::string &bytes, uint64_t address = 0)
{
    WideTexts wide;
    findWideText(bytes, 0, bytes.size(), address, wide);
    std::vector<Text> out;
    for (const WideText &stretch : wide.stretches())
        out.push_back({stretch.encoding, stretch.begin, std::string(wide.text(stretch))});
    return out;
}

const std::string padding(64, '\x01');

} // namespace

class tst_widetext : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onceInEachEncoding_data();
    void onceInEachEncoding();
    void beyondAscii();
    void noText();
    void formsAgree();
    void zlibHeaders();
};

void tst_widetext::onceInEachEncoding_data()
{
    QTest::addColumn<int>("encoding");
    QTest::addColumn<int>("before"); // bytes
    QTest::addColumn<char>("around");
    for (const auto encoding : {Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Utf32Le, Encoding::Utf32Be}) {
        for (const char around : {'\0', '\x01', '\xff'}) {
            // Every place in a block, so that stretches begin before and end behind its border too.
            for (int before = 0; before < 2 * static_cast<int>(scanBlock); ++before)
                QTest::addRow("%s after %d of %d", std::string(encodingName(encoding)).c_str(), before,
                              around)
                    << static_cast<int>(encoding) << before << around;
        }
    }
}

void tst_widetext::onceInEachEncoding()
{
    QFETCH(int, encoding);
    QFETCH(int, before);
    QFETCH(char, around);
    const std::u32string text = U"correct horse 7";
    const auto form = static_cast<Encoding>(encoding);
    const std::string bytes =
        form == Encoding::Utf32Le || form == Encoding::Utf32Be
            ? encodeUtf32(text, form == Encoding::Utf32Be ? ByteSex::Big : ByteSex::Little)
            : encodeUtf16(text, form == Encoding::Utf16Be ? ByteSex::Big : ByteSex::Little);
    const std::string all =
        std::string(static_cast<size_t>(before), around) + bytes + std::string(20, around);
    // Memory aligns wide characters.
    const auto found = find(all, (4 - static_cast<uint64_t>(before) % 4) % 4);
    QCOMPARE(found.size(), size_t{1});
    QCOMPARE(encodingName(found.front().encoding), encodingName(form));
    QCOMPARE(found.front().begin, static_cast<size_t>(before));
    QCOMPARE(found.front().narrow, std::string("correct horse 7"));
}

void tst_widetext::beyondAscii()
{
    const auto found = find(padding + encodeUtf16(U"preis: 5 \u20ac heute", ByteSex::Little) + padding);
    QCOMPARE(found.size(), size_t{1});
    QCOMPARE(found.front().narrow.size(), size_t{16});
    QCOMPARE(found.front().narrow.substr(0, 9), std::string("preis: 5 "));
    QCOMPARE(found.front().narrow.substr(10), std::string(" heute"));
}

void tst_widetext::noText()
{
    QVERIFY(find(std::string(4096, '\0')).empty());
    QVERIFY(find("plain text in ASCII, many lines of it, none of them wide\n").empty());
    std::string numbers; // small 64-bit numbers
    for (int i = 0; i < 512; ++i)
        numbers += std::string(1, static_cast<char>(32 + i % 90)) + std::string(7, '\0');
    QVERIFY(find(numbers).empty());
}

void tst_widetext::formsAgree()
{
    const auto isToken = [](char c) {
        return isAlnum(c) || (c != '\0' && std::strchr("+/-_=", c) != nullptr);
    };
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::string bytes(500 + random() % 300, '\0');
        for (char &c : bytes) {
            const auto kind = random() % (round % 2 == 0 ? 8 : 40);
            c = round % 2 == 0 && kind < 3 ? '\0'
                : kind < 7 || kind > 8     ? static_cast<char>('0' + random() % 70)
                                           : static_cast<char>(random());
        }
        const size_t from = random() % 100;
        const size_t to = bytes.size() - random() % 100;
        std::vector<std::vector<size_t>> results;
        for (const std::string &target : simdTargets()) {
            QVERIFY(forceSimdTarget(target));
            for (const auto test : {findWideBlocks, findTokenBlocks, findZlibHeaders}) {
                std::vector<size_t> blocks;
                test(bytes, from, to, blocks);
                results.push_back(std::move(blocks));
            }
        }
        QVERIFY(results.size() >= 3);
        for (size_t i = 3; i < results.size(); ++i)
            QVERIFY(results[i] == results[i % 3]);
        // Blocks where sixteen characters begin, byte by byte.
        std::vector<size_t> plain;
        for (size_t block = from; block < to; block += scanBlock) {
            bool any = false;
            for (size_t at = block; at < block + scanBlock && at + 16 <= bytes.size(); ++at)
                any = any || std::all_of(bytes.begin() + static_cast<ptrdiff_t>(at),
                                         bytes.begin() + static_cast<ptrdiff_t>(at + 16), isToken);
            if (any)
                plain.push_back(block);
        }
        QVERIFY(results[1] == plain);
    }
    QVERIFY(forceSimdTarget({}));
    QVERIFY(!forceSimdTarget("none such"));
}

void tst_widetext::zlibHeaders()
{
    std::string bytes(1000, 'a');
    bytes[0] = bytes[700] = bytes[997] = '\x78';
    bytes[1] = '\x9c';
    bytes[701] = '\x01';
    bytes[998] = '\xda';
    bytes[300] = '\x78';
    bytes[301] = '\x9d'; // no multiple of 31
    std::vector<size_t> found;
    findZlibHeaders(bytes, 0, bytes.size(), found);
    QVERIFY(found == (std::vector<size_t>{0, 700, 997}));
}

CRYOSCOPE_TEST(tst_widetext)

} // namespace tst_widetext

#include "tst_widetext.moc"
