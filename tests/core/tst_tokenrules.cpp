// SPDX-License-Identifier: Apache-2.0
// Every rule that data describes: a value of its form is found exactly, in every encoding; one character
// less, one more or one of another class is not.
#include "core/detect/encodings.h"
#include "core/detect/utf.h"
#include "core/detect/windowmatcher.h"
#include "tests/program/testprogram.h"

#include <set>
#include <zlib.h>

namespace tst_tokenrules
{

using namespace cryoscope;

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

std::vector<Found> search(const std::string &text)
{
    static const auto matcher = [] {
        auto made = WindowMatcher::make(rules());
        if (!made)
            qFatal("%s", made.error().describe().c_str());
        return *made;
    }();
    auto scratch = matcher->makeScratch();
    std::vector<Found> found;
    for (const auto &match : matcher->search(text, {0, text.size(), false, {}}, *scratch))
        found.push_back({std::string(match.rule), match.text.begin, match.text.end, match.text.encoding,
                         match.text.confidence});
    return found;
}

/// Text that a pattern takes: each piece at its least length, characters drawn from its set.
std::string example(std::string_view pattern, uint32_t state)
{
    std::string out;
    while (!pattern.empty()) {
        std::string set;
        if (pattern.front() == '[') {
            const size_t end = pattern.find(']');
            const CharSet chars = charSet(pattern.substr(1, end - 1));
            for (int c = 0; c < 256; ++c) {
                // Letters and digits, so that what is at the ends is not taken for what is around
                if (chars.test(static_cast<size_t>(c)) && isAlnum(static_cast<char>(c)))
                    set += static_cast<char>(c);
            }
            pattern.remove_prefix(end + 1);
        } else {
            set = pattern.substr(0, 1);
            pattern.remove_prefix(1);
        }
        size_t count = 1;
        if (pattern.starts_with('{')) {
            const size_t end = pattern.find('}');
            count = static_cast<size_t>(std::stoul(std::string(pattern.substr(1, end - 1))));
            pattern.remove_prefix(end + 1);
        }
        for (size_t i = 0; i < count; ++i) {
            state = state * 1664525 + 1013904223;
            out += set[(state >> 16) % set.size()];
        }
    }
    return out;
}

/// The checksum that GitHub and npm put at the end.
std::string withChecksum(std::string body)
{
    static const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const auto length = static_cast<uInt>(body.size() - 6);
    uint64_t crc = crc32(0, reinterpret_cast<const Bytef *>(body.data()), length);
    for (size_t i = body.size(); i-- > length; crc /= 62)
        body[i] = digits[crc % 62];
    return body;
}

bool named(const std::string &anchor)
{
    return anchor.ends_with('=') || anchor.ends_with('/') || anchor.ends_with(' ');
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
    void inDatabaseRows();
    void manyVendors();
};

void tst_tokenrules::found_data()
{
    QTest::addColumn<QByteArray>("anchor");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("rule");
    for (const Rule &rule : rules()->rules()) {
        if (rule.confirm->name != "token" && rule.confirm->name != "run-token")
            continue;
        const bool run = rule.confirm->name == "run-token"; // no literal begins it
        for (const std::string &anchor : run ? std::vector<std::string>{{}} : rule.anchors) {
            for (size_t i = 0; i < rule.patterns.size(); ++i) {
                std::string body =
                    example(rule.patterns[i].first, static_cast<uint32_t>(anchor.size() * 31 + i));
                if (rule.check == "github-crc32")
                    body = withChecksum(body);
                QTest::addRow("%s %s %zu", rule.id.c_str(), anchor.c_str(), i)
                    << QByteArray::fromStdString(anchor) << QByteArray::fromStdString(body)
                    << QByteArray::fromStdString(rule.id);
            }
        }
    }
}

void tst_tokenrules::found()
{
    QFETCH(QByteArray, anchor);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, rule);
    const std::string name = anchor.toStdString();
    const std::string value = named(name) ? body.toStdString() : name + body.toStdString();
    const std::string lead = named(name) ? name : std::string();
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
                 {Encoding::Utf32Le, encodeUtf32Le(wide)}}) {
            const size_t width = encoding == Encoding::Utf32Le ? 4 : 2;
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
    if (name.empty() || (!named(name) && isAlnum(name.front())))
        QVERIFY(!finds(" averylongword" + name + value + " "));
}

void tst_tokenrules::inDatabaseRows()
{
    // A row ends with its text; then come the length of the next and its flags. The length may be a letter.
    const std::string key = "SG." + example("[A-Za-z0-9]{22}.[A-Za-z0-9]{43}", 7);
    const std::string row = std::string("\0\0\x01;\x01\x10", 6);
    const std::string next = std::string("\0\x04\0H", 4);
    for (const char length : {'l', '7', '_'}) {
        const auto found = search(row + key + length + next);
        QCOMPARE(ruleAt(found, row.size(), row.size() + key.size()), std::string("sendgrid-key"));
    }
    // Elsewhere one character more is another thing.
    for (const std::string &text : {std::string("\0", 1) + key + 'l' + next, row + key + "l\n" + next, " " + key + "l ",
                                    row + key + "lm" + next, row + key + 'l'})
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
