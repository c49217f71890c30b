// SPDX-License-Identifier: Apache-2.0
// Every rule that data describes: a value of its form is found exactly, in every encoding; one character
// less, one more or one of another class is not.
#include "core/detect/encodings.h"
#include "core/detect/utf.h"
#include "core/detect/windowmatcher.h"
#include "tests/program/testprogram.h"
#include "tests/support/keymaterial.h"
#include "tests/support/ruleexamples.h"

#include <algorithm>
#include <set>
#include <zlib.h>

namespace tst_tokenrules
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

std::shared_ptr<const RuleSet> rules()
{
    static const auto set = RuleSet::builtIn();
    if (!set)
        qFatal("%s", set.error().describe().c_str());
    return *set;
}

struct Found {
    std::string rule;
    size_t begin, end;
    Encoding encoding;
    Confidence confidence;
};

/// The built-in rules and those for personal data.
std::shared_ptr<const RuleSet> personalRules()
{
    RuleSet::Options options;
    options.personal = true;
    static const auto set = RuleSet::withFiles({}, options);
    if (!set)
        qFatal("%s", set.error().describe().c_str());
    return *set;
}

std::vector<Found> searchWith(const WindowMatcher &matcher, const std::string &text)
{
    auto scratch = matcher.makeScratch();
    std::vector<Found> found;
    for (const auto &match : matcher.search(text, {0, text.size(), 0, {}}, *scratch))
        found.push_back({std::string(match.rule), match.text.begin, match.text.end, match.text.encoding,
                         match.text.confidence});
    return found;
}

std::shared_ptr<const WindowMatcher> matcherOf(const std::shared_ptr<const RuleSet> &set)
{
    auto made = WindowMatcher::make(set);
    if (!made)
        qFatal("%s", made.error().describe().c_str());
    return *made;
}

std::vector<Found> search(const std::string &text)
{
    static const auto matcher = matcherOf(rules());
    return searchWith(*matcher, text);
}

std::vector<Found> searchAlsoPersonal(const std::string &text)
{
    static const auto matcher = matcherOf(personalRules());
    return searchWith(*matcher, text);
}

/// The rule whose match covers exactly [begin, end) of what was searched.
std::string ruleAt(const std::vector<Found> &found, size_t begin, size_t end)
{
    for (const Found &match : found) {
        if (match.begin == begin && match.end == end)
            return match.rule;
    }
    return {};
}

} // namespace

class tst_tokenrules : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void found_data();
    void found();
    void nearMisses_data();
    void nearMisses();
    void oneCharacterLess_data();
    void oneCharacterLess();
    void checkDigits_data();
    void checkDigits();
    void randomButNoSecret_data();
    void randomButNoSecret();
    void inDatabaseRows();
    void manyVendors();
};

void tst_tokenrules::found_data()
{
    QTest::addColumn<QByteArray>("anchor");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("rule");
    for (const Rule &rule : rules()->rules()) {
        for (const RuleExample &example : dataExamples(rule, 0)) {
            const std::string &anchor = example.anchor;
            const std::string body =
                isNamingAnchor(anchor) ? example.value : example.value.substr(anchor.size());
            QTest::newRow(example.name.c_str())
                << QByteArray::fromStdString(anchor) << QByteArray::fromStdString(body)
                << QByteArray::fromStdString(rule.id);
        }
    }
}

void tst_tokenrules::found()
{
    QFETCH(QByteArray, anchor);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, rule);
    const std::string name = anchor.toStdString();
    const std::string value = isNamingAnchor(name) ? body.toStdString() : name + body.toStdString();
    const std::string lead = isNamingAnchor(name) ? name : std::string();
    // What may stand around a value in memory: nothing, quotes, NUL, a length, a line.
    for (const auto &[before, after] :
         std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                          {"\"", "\""},
                                                          {std::string("\0", 1), std::string("\0", 1)},
                                                          {"\x01\x28", "\x80"},
                                                          {" ", "\n"}}) {
        const std::string text = before + lead + value + after;
        const size_t at = before.size() + lead.size();
        QCOMPARE(ruleAt(search(text), at, at + value.size()), rule.toStdString());
    }
    // Wider characters, at even and odd places; exactly one finding each.
    const std::u32string wide = QString::fromLatin1(QByteArray::fromStdString(lead + value)).toStdU32String();
    for (const size_t shift : {size_t{8}, size_t{9}}) {
        const std::string filler = std::string(shift - 1, '\x01') + "\x02";
        for (const auto &[encoding, bytes] : std::vector<std::pair<Encoding, std::string>>{
                 {Encoding::Utf16Le, encodeUtf16(wide, ByteSex::Little)},
                 {Encoding::Utf16Be, encodeUtf16(wide, ByteSex::Big)},
                 {Encoding::Utf32Le, encodeUtf32(wide, ByteSex::Little)},
                 {Encoding::Utf32Be, encodeUtf32(wide, ByteSex::Big)}}) {
            const size_t width = encoding == Encoding::Utf32Le || encoding == Encoding::Utf32Be ? 4 : 2;
            const auto matches = search(filler + bytes + "\x03\x04");
            QCOMPARE(matches.size(), size_t{1});
            QCOMPARE(matches.front().rule, rule.toStdString());
            QCOMPARE(matches.front().end - matches.front().begin, width * value.size());
            QCOMPARE(matches.front().begin, shift + width * lead.size());
            QCOMPARE(encodingName(matches.front().encoding), encodingName(encoding));
        }
    }
    if (name.empty())
        return; // looked for where it stands as it is
    // Within base64, at each place of a group of three; within hex.
    for (const std::string &prefix :
         {std::string("let a = "), std::string("let ab = "), std::string("let abc = ")}) {
        const std::string encoded = encodeBase64(prefix + lead + value + " and so on, to its end", false);
        const size_t begin = prefix.size() + lead.size();
        const auto matches = search("\"" + encoded + "\"");
        QVERIFY(!matches.empty());
        QCOMPARE(ruleAt(matches, 1 + begin * 8 / 6, 1 + ((begin + value.size()) * 8 + 5) / 6),
                 rule.toStdString());
    }
    const std::string hexText = encodeHex("a value: " + lead + value, false);
    QCOMPARE(ruleAt(search(" " + hexText + " "), 1 + 2 * (9 + lead.size()), 1 + hexText.size()),
             rule.toStdString());
}

void tst_tokenrules::nearMisses_data()
{
    found_data();
}

void tst_tokenrules::nearMisses()
{
    QFETCH(QByteArray, anchor);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, rule);
    const auto finds = [&](const std::string &text) {
        for (const Found &match : search(text)) {
            if (match.rule == rule.toStdString() && match.confidence == Confidence::High)
                return true;
        }
        return false;
    };
    const std::string name = anchor.toStdString();
    const std::string value = body.toStdString();
    // Shorter than any of the rule's forms allows.
    QVERIFY(!finds(" " + name + value.substr(0, value.size() / 3) + " "));
    // What a redaction leaves.
    std::string redacted = value;
    for (char &c : redacted)
        c = isLower(c) ? 'x' : isUpper(c) ? 'X' : isDigit(c) ? '0' : c;
    QVERIFY(!finds(" " + name + redacted + " "));
    // A character that no form has.
    std::string broken = value;
    broken[broken.size() / 3] = '*';
    QVERIFY(!finds(" " + name + broken + " "));
    // A longer word around it, but for what a checksum proves.
    if (rule == "github-token" || rule == "npm-token") {
        QVERIFY(finds(" averylongword" + name + value + "ghp_"));
        return;
    }
    if (name.empty() || (!isNamingAnchor(name) && isAlnum(name.front())))
        QVERIFY(!finds(" averylongword" + name + value + " "));
}

void tst_tokenrules::oneCharacterLess_data()
{
    // Kinds whose length or structure is exact, and which no table of patterns describes.
    const std::set<std::string> exact{"private-key",
                                      "putty-private-key",
                                      "password-hash",
                                      "scram-hash",
                                      "aws-secret-key",
                                      "aws-access-key-id",
                                      "twilio-key",
                                      "openai-legacy-key",
                                      "newrelic-license",
                                      "telegram-token",
                                      "mailchimp-key",
                                      "payment-card",
                                      "iban",
                                      "hex-key"};
    QTest::addColumn<QByteArray>("rule");
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("after");
    size_t rows = 0;
    for (const RuleExample &example : ruleExamples(*personalRules(), 3)) {
        if (!exact.contains(example.rule))
            continue;
        QTest::newRow(example.name.c_str())
            << QByteArray::fromStdString(example.rule) << QByteArray::fromStdString(example.before)
            << QByteArray::fromStdString(example.value) << QByteArray::fromStdString(example.after);
        ++rows;
    }
    QVERIFY(rows >= exact.size());
}

void tst_tokenrules::oneCharacterLess()
{
    QFETCH(QByteArray, rule);
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, after);
    const auto finds = [&](const std::string &middle) {
        const auto found =
            searchAlsoPersonal(" " + before.toStdString() + middle + after.toStdString() + " ");
        return std::any_of(found.begin(), found.end(),
                           [&](const Found &match) { return match.rule == rule.toStdString(); });
    };
    const std::string text = value.toStdString();
    QVERIFY(finds(text));
    // Within what is checked: of PuTTY's files that is the MAC's length; a space between digits is none of
    // them.
    size_t middle = rule == "putty-private-key" ? text.size() - 10 : text.size() / 2;
    middle += text[middle] == ' ' ? 1 : 0;
    std::string shorter = text;
    shorter.erase(middle, 1);
    QVERIFY(!finds(shorter));
    if (rule != "mailchimp-key") // whose data centres are numbered with one digit or two
        QVERIFY(!finds(text.substr(0, text.size() - 1)));
    if (rule == "private-key" || rule == "payment-card" || rule == "iban")
        return; // with more behind them they are another thing, or the same
    std::string longer = text;
    longer.insert(middle, 1, text[middle]);
    QVERIFY(!finds(longer));
}

void tst_tokenrules::checkDigits_data()
{
    QTest::addColumn<QByteArray>("rule");
    QTest::addColumn<QByteArray>("value");
    for (const RuleExample &example : ruleExamples(*personalRules(), 4)) {
        if (example.rule == "payment-card" || example.rule == "iban")
            QTest::newRow(example.name.c_str())
                << QByteArray::fromStdString(example.rule) << QByteArray::fromStdString(example.value);
    }
}

void tst_tokenrules::checkDigits()
{
    QFETCH(QByteArray, rule);
    QFETCH(QByteArray, value);
    const std::string text = value.toStdString();
    QCOMPARE(ruleAt(searchAlsoPersonal(" " + text + " "), 1, 1 + text.size()), rule.toStdString());
    // Any digit changed, and any two neighbours swapped that differ by other than nine and zero.
    for (size_t i = 4; i < text.size(); ++i) {
        if (!isDigit(text[i]))
            continue;
        std::string wrong = text;
        wrong[i] = wrong[i] == '9' ? '0' : static_cast<char>(wrong[i] + 1);
        QVERIFY2(searchAlsoPersonal(" " + wrong + " ").empty(), wrong.c_str());
    }
}

void tst_tokenrules::randomButNoSecret_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const std::string &text) {
        QTest::newRow(name) << QByteArray::fromStdString(text);
    };
    const std::string random = randomBytes(4096, 11);
    const std::string hex = encodeHex(randomBytes(32, 12), false);
    row("bytes", random);
    uLongf size = compressBound(random.size());
    std::string packed(size, '\0');
    std::string words;
    for (int i = 0; i < 800; ++i)
        words += encodeHex(randomBytes(2, static_cast<unsigned>(i)), false) + " is a word, ";
    QCOMPARE(compress(reinterpret_cast<Bytef *>(packed.data()), &size,
                      reinterpret_cast<const Bytef *>(words.data()), words.size()),
             Z_OK);
    packed.resize(size);
    row("compressed", packed);
    const std::string image = encodeBase64("\x89PNG\r\n\x1a\n" + random, false);
    row("image in a URL", "url(data:image/png;base64," + image + ")");
    std::string lines;
    for (size_t at = 0; at < image.size(); at += 76)
        lines += image.substr(at, 76) + "\n";
    row("image in a mail", "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + lines);
    row("certificate", "-----BEGIN CERTIFICATE-----\n" + lines + "-----END CERTIFICATE-----\n");
    row("container's id", "\"containerId\":\"" + hex + "\", \"Id\": \"" + hex + "\"");
    row("cgroup", "0::/machine.slice/libpod-" + hex + ".scope/container");
    row("image's digest", "docker.io/library/nginx@sha256:" + hex);
    row("build id", "BuildID[sha1]=" + hex.substr(0, 40) + ", stripped");
    row("debug file", "/usr/lib/debug/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2, 38) + ".debug");
    row("commit", "commit " + hex.substr(0, 40) + "\nindex " + hex.substr(0, 7) + ".." + hex.substr(8, 7));
    row("integrity", "\"integrity\": \"sha512-" + encodeBase64(randomBytes(64, 13), false) + "\"");
    row("uuid", "token_id = 7d1f0a52-0b7e-4e0e-9a59-0123456789ab");
    row("etag", "ETag: \"" + hex.substr(0, 32) + "\"\r\n");
    row("symbols", "_ZNSt6vectorISt4pairINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEES6_ESaIS7_EE");
    row("alphabets", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    row("time and numbers", "1764380000000000000 4000000000000000 1234567890123456 0000000000000000");
    row("code author", "Copyright (C) 2020 Some One <someone@debian.org>, maintainer@kernel.org");
}

void tst_tokenrules::randomButNoSecret()
{
    QFETCH(QByteArray, text);
    for (const Found &match : searchAlsoPersonal(text.toStdString()))
        QFAIL(qPrintable(QStringLiteral("%1 at %2, %3 bytes")
                             .arg(QString::fromStdString(match.rule))
                             .arg(match.begin)
                             .arg(match.end - match.begin)));
}

void tst_tokenrules::inDatabaseRows()
{
    // A row ends with its text; then come the length of the next and its flags. The length may be a letter.
    const std::string key = "SG." + patternExample("[A-Za-z0-9]{22}.[A-Za-z0-9]{43}", 7);
    const std::string row = std::string("\0\0\x01;\x01\x10", 6);
    const std::string next = std::string("\0\x04\0H", 4);
    for (const char length : {'l', '7', '_'}) {
        const auto found = search(row + key + length + next);
        QCOMPARE(ruleAt(found, row.size(), row.size() + key.size()), std::string("sendgrid-key"));
    }
    // Elsewhere one character more is another thing.
    for (const std::string &text : {std::string("\0", 1) + key + 'l' + next, row + key + "l\n" + next,
                                    " " + key + "l ", row + key + "lm" + next, row + key + 'l'})
        QVERIFY(search(text).empty());
}

void tst_tokenrules::manyVendors()
{
    std::set<std::string> kinds;
    for (const Rule &rule : rules()->rules())
        kinds.insert(rule.kind);
    QVERIFY(kinds.size() >= 80);
    for (const Rule &rule : rules()->rules()) {
        for (const std::string &anchor : rule.anchors)
            QVERIFY2(anchor.size() >= 3, rule.id.c_str());
    }
}

CRYOSCOPE_TEST(tst_tokenrules)

} // namespace tst_tokenrules

#include "tst_tokenrules.moc"
