// SPDX-License-Identifier: Apache-2.0
// Expanded AES keys in every layout, on every vector width, and what only looks like them.
#include "core/detect/encodings.h"
#include "core/detect/keys/aesfilter.h"
#include "core/detect/keys/aesschedule.h"
#include "core/detect/keys/simd.h"
#include "tests/program/testprogram.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace tst_aesschedule
{

using namespace cryoscope;

namespace
{

std::string randomBytes(size_t size, unsigned seed)
{
    std::mt19937 generator(seed);
    std::string bytes(size, '\0');
    for (char &byte : bytes)
        byte = static_cast<char>(generator() & 0xff);
    return bytes;
}

std::vector<AesSchedule> search(std::string_view bytes, size_t from = 0)
{
    std::vector<AesCandidate> candidates;
    findAesCandidates(bytes, from, bytes.size(), candidates);
    std::vector<AesSchedule> found;
    for (const AesCandidate &candidate : candidates) {
        if (!found.empty() && candidate.at < found.back().end())
            continue;
        if (auto schedule = confirmAesSchedule(bytes, candidate.at, candidate.distance))
            found.push_back(std::move(*schedule));
    }
    return found;
}

std::vector<AesLayout> allLayouts()
{
    std::vector<AesLayout> layouts;
    for (const unsigned bits : {128u, 192u, 256u}) {
        for (const auto rounds :
             {AesLayout::Rounds::Forward, AesLayout::Rounds::Reversed, AesLayout::Rounds::Rotated}) {
            for (const bool swapped : {false, true}) {
                for (const bool inverse : {false, true})
                    layouts.push_back({bits, rounds, swapped, inverse});
            }
        }
    }
    return layouts;
}

/// Tables that programs with AES have beside their keys, and other memory with relations between words.
std::vector<std::pair<const char *, std::string>> tables()
{
    const auto ofWords = [](const std::vector<uint32_t> &words) {
        return std::string(reinterpret_cast<const char *>(words.data()), 4 * words.size());
    };
    std::vector<std::pair<const char *, std::string>> out;
    // The S-box, and the tables that join it with MixColumns: 2s, s, s, 3s in all four turns.
    std::string box;
    std::vector<uint32_t> joined;
    for (unsigned x = 0; x < 256; ++x) {
        // Word 4 of a key is w0 ^ SubWord(RotWord(w3)) ^ 01000000.
        std::string key(16, '\0');
        key[13] = static_cast<char>(x);
        const auto s = static_cast<uint8_t>(static_cast<uint8_t>(expandAesKey(key, {})[16]) ^ 1);
        box += static_cast<char>(s);
        const auto twice = static_cast<uint8_t>((s << 1) ^ ((s & 0x80) != 0 ? 0x1b : 0));
        joined.push_back(uint32_t{twice} << 24 | uint32_t{s} << 16 | uint32_t{s} << 8 |
                         static_cast<uint8_t>(twice ^ s));
    }
    out.emplace_back("S-box", box);
    std::string turned;
    for (const int by : {0, 8, 16, 24}) {
        std::vector<uint32_t> words;
        for (const uint32_t word : joined)
            words.push_back(std::rotr(word, by));
        turned += ofWords(words);
    }
    out.emplace_back("joined tables", turned);
    std::vector<uint32_t> crc;
    for (uint32_t i = 0; i < 256; ++i) {
        uint32_t rest = i;
        for (int bit = 0; bit < 8; ++bit)
            rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0xedb88320 : 0);
        crc.push_back(rest);
    }
    out.emplace_back("CRC-32", ofWords(crc)); // linear, so full of XOR relations
    std::vector<uint32_t> counter;
    std::vector<uint32_t> masks;
    for (uint32_t i = 0; i < 4096; ++i) {
        counter.push_back(i);
        masks.push_back(i % 3 == 0 ? 0x0f0f0f0f : i % 3 == 1 ? 0x33333333 : 0x3c3c3c3c);
    }
    out.emplace_back("counter", ofWords(counter));
    out.emplace_back("words of which each is the XOR of two others", ofWords(masks));
    // Every relation holds, all the way: a schedule without substitution.
    std::vector<uint32_t> linear{0x11223344, 0x55667788, 0x99aabbcc, 0xddeeff01};
    while (linear.size() < 4096)
        linear.push_back(linear[linear.size() - 1] ^ linear[linear.size() - 4]);
    out.emplace_back("a linear recurrence", ofWords(linear));
    out.emplace_back("zeros", std::string(65536, '\0'));
    out.emplace_back("ones", std::string(65536, '\xff'));
    out.emplace_back("random", randomBytes(1 << 20, 7));
    return out;
}

} // namespace

class tst_aesschedule : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { QVERIFY(forceSimdTarget({})); }
    void expandsAsPublished();
    void findsEveryLayout();
    void sameOnEveryWidth_data();
    void sameOnEveryWidth();
    void oneBitOffIsNoKey();
    void leavesTablesAlone();
    void knowsPublishedKeys();
};

void tst_aesschedule::expandsAsPublished()
{
    // FIPS-197, appendix A: the last words of the expansions.
    const auto last = [](const char *hex, unsigned bits) {
        const std::string schedule = expandAesKey(*decodeHex(hex), {.keyBits = bits});
        return QByteArray::fromStdString(encodeHex(schedule.substr(schedule.size() - 8), false));
    };
    QCOMPARE(last("2b7e151628aed2a6abf7158809cf4f3c", 128), QByteArray("e13f0cc8b6630ca6"));
    QCOMPARE(last("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", 192), QByteArray("8ecc720401002202"));
    QCOMPARE(last("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 256),
             QByteArray("046df344706c631e"));
}

void tst_aesschedule::findsEveryLayout()
{
    for (const AesLayout &layout : allLayouts()) {
        const std::string key = randomBytes(layout.keyBits / 8, layout.keyBits + 1);
        const std::string schedule = expandAesKey(key, layout);
        QCOMPARE(schedule.size(), aesScheduleSize(layout.keyBits));
        // Alone, and at all offsets in other bytes; words are looked at from the offset on that is given.
        for (const size_t before : {0u, 4u, 33u, 100u, 1001u}) {
            const std::string bytes = randomBytes(before, 3) + schedule + randomBytes(before % 64, 4);
            const auto found = search(bytes, before % 4);
            QCOMPARE(found.size(), size_t{1});
            QCOMPARE(found.front().begin, before);
            QVERIFY(found.front().layout == layout);
            QVERIFY(found.front().key == key);
            QVERIFY(!QString::fromStdString(found.front().describe()).isEmpty());
        }
        // Cut short by one word at either end: no full expansion.
        QVERIFY(search(std::string_view(schedule).substr(4)).empty());
        QVERIFY(search(std::string_view(schedule).substr(0, schedule.size() - 4)).empty());
    }
}

void tst_aesschedule::sameOnEveryWidth_data()
{
    QTest::addColumn<QByteArray>("target");
    for (const std::string &target : simdTargets())
        QTest::newRow(target.c_str()) << QByteArray::fromStdString(target);
}

void tst_aesschedule::sameOnEveryWidth()
{
    QFETCH(QByteArray, target);
    std::string bytes = randomBytes(40000, 1);
    size_t at = 500;
    for (const AesLayout &layout : allLayouts()) {
        const std::string schedule =
            expandAesKey(randomBytes(layout.keyBits / 8, layout.keyBits + 9), layout);
        bytes.replace(at, schedule.size(), schedule);
        at += 1012; // 4 modulo 16: all places within vectors come up
    }
    for (const auto &[name, table] : tables())
        bytes += table.substr(0, 8192);
    // The reference is each word looked at alone: beginning and end of the bytes are done so.
    std::vector<AesCandidate> expected;
    for (size_t word = 0; word + 4 <= bytes.size(); word += 4)
        findAesCandidates(bytes, word, word + 4, expected);
    QVERIFY(expected.size() > 36 * 15);
    QVERIFY(forceSimdTarget(target.toStdString()));
    std::vector<AesCandidate> candidates;
    findAesCandidates(bytes, 0, bytes.size(), candidates);
    QVERIFY(candidates == expected);
    QCOMPARE(search(bytes).size(), size_t{36});
    // Beginnings and ends at every distance from a vector's.
    for (size_t cut = 0; cut < 160; cut += 4) {
        std::vector<AesCandidate> part;
        findAesCandidates(bytes, 480 + cut, 1400 - cut, part);
        std::vector<AesCandidate> wanted;
        for (const AesCandidate &candidate : expected) {
            if (candidate.at >= 480 + cut && candidate.at < 1400 - cut)
                wanted.push_back(candidate);
        }
        QVERIFY(part == wanted);
    }
}

void tst_aesschedule::oneBitOffIsNoKey()
{
    for (const AesLayout &layout : allLayouts()) {
        const std::string schedule = expandAesKey(randomBytes(layout.keyBits / 8, 5), layout);
        for (size_t byte = 0; byte < schedule.size(); byte += 7) {
            std::string wrong = schedule;
            wrong[byte] = static_cast<char>(wrong[byte] ^ 0x10);
            QVERIFY(search(wrong).empty());
        }
    }
}

void tst_aesschedule::leavesTablesAlone()
{
    for (const auto &[name, table] : tables()) {
        if (!search(table).empty())
            QFAIL(name);
    }
}

void tst_aesschedule::knowsPublishedKeys()
{
    QVERIFY(!knownAesKey(*decodeHex("2b7e151628aed2a6abf7158809cf4f3c")).empty());
    QVERIFY(!knownAesKey(std::string(16, '\0')).empty());
    QVERIFY(knownAesKey(*decodeHex("2b7e151628aed2a6abf7158809cf4f3d")).empty());
}

CRYOSCOPE_TEST(tst_aesschedule)

} // namespace tst_aesschedule

#include "tst_aesschedule.moc"
