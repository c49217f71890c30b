// SPDX-License-Identifier: Apache-2.0
// A user's rules in gitleaks' form, unchanged: what they find, and what their lists leave alone.
#include "core/detect/ruleset.h"
#include "core/detect/userrules.h"
#include "tests/program/testprogram.h"

#include <QTemporaryDir>

#include <algorithm>
#include <fstream>

namespace tst_userrules
{

using namespace cryoscope;

namespace
{

/// What is found, as RULE:SECRET, with '|' between.
std::string secretsFound(const std::string &toml, const std::string &text, const std::string &path = {})
{
    const auto rules = UserRules::parse(toml, "mine.toml");
    if (!rules)
        return "error: " + rules.error().describe();
    auto scratch = (*rules)->makeScratch();
    std::vector<UserRules::Match> found;
    (*rules)->search(text, 0, text.size(), path, *scratch, found);
    std::string out;
    for (const auto &match : found)
        out += (out.empty() ? "" : "|") + match.rule->id + ":" +
               text.substr(match.begin, match.end - match.begin);
    return out;
}

std::string rule(const std::string &more = {}, const std::string &regex = R"(acme_([a-z0-9]{12})\b)")
{
    return "[[rules]]\nid = \"acme\"\ndescription = \"Acme key\"\nregex = '''" + regex +
           "'''\nkeywords = [\"acme_\"]\n" + more;
}

const std::string text = std::string("x\0acme_k3j9x0q2m4p7\0y", 21);
const std::string value = "k3j9x0q2m4p7";

} // namespace

class tst_userrules : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void rangesAndGroups();
    void entropyAndKeywords();
    void allowlists_data();
    void allowlists();
    void lineEndsInMemory();
    void paths();
    void extends();
    void slowRulesAreNamed();
    void badFiles_data();
    void badFiles();
    void besideBuiltInRules();
    void manyMatches();
};

void tst_userrules::rangesAndGroups()
{
    QCOMPARE(secretsFound(rule(), text), std::string("acme:" + value));
    // The first group that is not empty; the group asked for; the whole match if there is none.
    QCOMPARE(secretsFound(rule({}, "(zz)?(acme_)[a-z0-9]{12}"), text), std::string("acme:acme_"));
    QCOMPARE(secretsFound(rule("secretGroup = 2\n", "(acme)_([a-z0-9]{12})"), text),
             std::string("acme:" + value));
    QCOMPARE(secretsFound(rule({}, "acme_[a-z0-9]{12}"), text), std::string("acme:acme_" + value));
    QCOMPARE(secretsFound(rule({}, "(?i)ACME_[a-z0-9]{12}"), text), std::string("acme:acme_" + value));
    // Greedy and lazy as RE2 has it, and several in one line.
    QCOMPARE(secretsFound(rule({}, "acme_[a-z0-9]+?"), "acme_12 acme_34"),
             std::string("acme:acme_1|acme:acme_3"));
    QCOMPARE(secretsFound(rule({}, "acme_[a-z0-9]+"), "acme_12 acme_34"),
             std::string("acme:acme_12|acme:acme_34"));
}

void tst_userrules::entropyAndKeywords()
{
    QCOMPARE(secretsFound(rule("entropy = 3.0\n"), text), std::string("acme:" + value));
    QCOMPARE(secretsFound(rule("entropy = 4.5\n"), text), std::string());
    const std::string other = "[[rules]]\nid = \"k\"\nregex = '''[0-9]{6}'''\nkeywords = [\"PinCode\"]\n";
    QCOMPARE(secretsFound(other, "pincode is 123456"), std::string("k:123456"));
    QCOMPARE(secretsFound(other, "number is 123456"), std::string());
    QCOMPARE(secretsFound(other, "pincode" + std::string(3000, ' ') + "123456"), std::string());
}

void tst_userrules::allowlists_data()
{
    QTest::addColumn<QByteArray>("list");
    QTest::addColumn<bool>("left");
    const auto row = [](const char *name, const std::string &list, bool left) {
        QTest::newRow(name) << QByteArray::fromStdString(list) << left;
    };
    row("old spelling, regex", "[rules.allowlist]\nregexes = ['''^k3j''']\n", true);
    row("new spelling, regex", "[[rules.allowlists]]\nregexes = ['''^k3j''']\n", true);
    row("another regex", "[[rules.allowlists]]\nregexes = ['''^zzz''']\n", false);
    row("over the match", "[[rules.allowlists]]\nregexTarget = \"match\"\nregexes = ['''^acme_k''']\n", true);
    row("over the secret only", "[[rules.allowlists]]\nregexes = ['''^acme_k''']\n", false);
    row("over the line", "[[rules.allowlists]]\nregexTarget = \"line\"\nregexes = ['''^acme_.*7$''']\n",
        true);
    row("stop word", "[[rules.allowlists]]\nstopwords = [\"X0Q\"]\n", true);
    row("path", "[[rules.allowlists]]\npaths = ['''etc/.*\\.conf$''']\n", true);
    row("all must hold, one does not",
        "[[rules.allowlists]]\ncondition = \"AND\"\npaths = ['''etc/''']\nstopwords = [\"zzz\"]\n", false);
    row("all must hold, and do",
        "[[rules.allowlists]]\ncondition = \"AND\"\npaths = ['''etc/''']\nstopwords = [\"x0q\"]\n", true);
    row("commits do not exist", "[[rules.allowlists]]\ncommits = [\"abc\"]\n", false);
    row("for all rules, old", "[allowlist]\nstopwords = [\"x0q\"]\n", true);
    row("for all rules, new", "[[allowlists]]\nstopwords = [\"x0q\"]\n", true);
    row("for another rule", "[[allowlists]]\ntargetRules = [\"other\"]\nstopwords = [\"x0q\"]\n", false);
    row("for this rule", "[[allowlists]]\ntargetRules = [\"acme\"]\nstopwords = [\"x0q\"]\n", true);
}

void tst_userrules::allowlists()
{
    QFETCH(QByteArray, list);
    QFETCH(bool, left);
    const auto found = secretsFound(rule(list.toStdString()), text, "rootfs-diff.tar!etc/acme.conf");
    QCOMPARE(found, left ? std::string() : std::string("acme:" + value));
}

void tst_userrules::lineEndsInMemory()
{
    // A string ends with NUL, where a file has a quote, a space or its end.
    const std::string strict = rule({}, R"(acme_([a-z0-9]{12})(?:['"\s;]|$))");
    QCOMPARE(secretsFound(strict, text), std::string("acme:" + value));
    QCOMPARE(secretsFound(strict, std::string("acme_k3j9x0q2m4p7\x05zz", 20)), std::string("acme:" + value));
    QCOMPARE(secretsFound(strict, "acme_k3j9x0q2m4p7zz"), std::string());
    QCOMPARE(secretsFound(rule({}, "^acme_[a-z0-9]{12}$"), text), std::string("acme:acme_" + value));
}

void tst_userrules::paths()
{
    const std::string only = "[[rules]]\nid = \"p12\"\npath = '''\\.p12$'''\n";
    const auto rules = UserRules::parse(only, "mine.toml");
    QVERIFY(rules.ok());
    QVERIFY((*rules)->forPath("rootfs-diff.tar!etc/key.p12") != nullptr);
    QVERIFY((*rules)->forPath("rootfs-diff.tar!etc/key.p12x") == nullptr);
    const std::string both = rule("path = '''\\.conf$'''\n");
    QCOMPARE(secretsFound(both, text, "a/b.conf"), std::string("acme:" + value));
    QCOMPARE(secretsFound(both, text, "a/b.txt"), std::string());
    QCOMPARE(secretsFound(both, text), std::string());
}

void tst_userrules::extends()
{
    QTemporaryDir folder;
    const std::string base = folder.filePath(QStringLiteral("base.toml")).toStdString();
    const std::string mine = folder.filePath(QStringLiteral("mine.toml")).toStdString();
    std::ofstream(base) << rule() << "\n[[rules]]\nid = \"other\"\nregex = '''zeta[0-9]{4}'''\n";
    std::ofstream(mine) << "[extend]\npath = \"base.toml\"\ndisabledRules = [\"other\"]\n"
                           "[[rules]]\nid = \"acme\"\nentropy = 4.5\n"
                           "[[rules]]\nid = \"new\"\nregex = '''beta[0-9]{4}'''\n";
    const auto rules = UserRules::read({mine});
    QVERIFY(rules.ok());
    QCOMPARE((*rules)->rules().size(), size_t{2});
    QCOMPARE((*rules)->rules()[0].minEntropy, 4.5);
    QVERIFY((*rules)->rules()[0].regex != nullptr); // the extended one's
    QCOMPARE((*rules)->rules()[1].id, std::string("new"));
    // Files that extend each other end.
    std::ofstream(base) << "[extend]\npath = \"mine.toml\"\n";
    QVERIFY(!UserRules::read({mine}).ok());
}

void tst_userrules::slowRulesAreNamed()
{
    const auto rules = UserRules::parse(
        "[[rules]]\nid = \"any-hex\"\nregex = '''\\b[0-9a-f]{40}\\b'''\n" + rule(), "mine.toml");
    QVERIFY(rules.ok());
    QCOMPARE((*rules)->notes().size(), size_t{1});
    QVERIFY((*rules)->notes().front().find("any-hex") != std::string::npos);
    QVERIFY((*rules)->rules()[1].literal);
    QVERIFY(UserRules::measure((*rules)->rules()[1]) > 0);
}

void tst_userrules::badFiles_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char *name, const char *toml, const char *says) {
        QTest::newRow(name) << QByteArray(toml) << QByteArray(says);
    };
    row("no TOML", "[[rules]\n", "line 1");
    row("no id", "[[rules]]\nregex = '''a'''\n", "no id");
    row("bad regex", "[[rules]]\nid = \"r\"\nregex = '''(a'''\n", "\"r\"");
    row("group", "[[rules]]\nid = \"r\"\nregex = '''aaa'''\nsecretGroup = 2\n", "secretGroup");
    row("target", "[[rules]]\nid = \"r\"\nregex = '''aaa'''\n[[rules.allowlists]]\nregexTarget = \"x\"\n",
        "regexTarget");
    row("condition", "[allowlist]\ncondition = \"XOR\"\n", "condition");
}

void tst_userrules::badFiles()
{
    QFETCH(QByteArray, toml);
    QFETCH(QByteArray, says);
    const auto rules = UserRules::parse(toml.toStdString(), "mine.toml");
    QVERIFY(!rules.ok());
    const auto message = QByteArray::fromStdString(rules.error().describe());
    QVERIFY2(message.contains("mine.toml") && message.contains(says), message.constData());
}

void tst_userrules::besideBuiltInRules()
{
    QTemporaryDir folder;
    const std::string mine = folder.filePath(QStringLiteral("mine.toml")).toStdString();
    std::ofstream(mine) << "[extend]\nuseDefault = true\ndisabledRules = [\"jwt\"]\n" << rule();
    const auto set = RuleSet::withFiles({mine});
    QVERIFY(set.ok());
    QVERIFY((*set)->userRules() != nullptr);
    QVERIFY((*set)->version() != (*RuleSet::builtIn())->version());
    for (const Rule &one : (*set)->rules())
        QVERIFY(one.id != "jwt");
    RuleSet::Options only;
    only.builtIn = false;
    QCOMPARE((*RuleSet::withFiles({mine}, only))->rules().size(), size_t{0});
}

void tst_userrules::manyMatches()
{
    // Long lines, matches beside each other, a pattern that also takes nothing: it ends, and finds each.
    std::string line;
    for (int i = 0; i < 2000; ++i)
        line += "acme_k3j9x0q2m4p7,";
    const std::string all = secretsFound(rule(), line);
    QCOMPARE(std::count(all.begin(), all.end(), '|'), ptrdiff_t{1999});
    QCOMPARE(secretsFound(rule({}, "(acme_x)*"), std::string(5000, 'a')), std::string());
}

CRYOSCOPE_TEST(tst_userrules)

} // namespace tst_userrules

#include "tst_userrules.moc"
