// SPDX-License-Identifier: Apache-2.0
// Writes the seeds of the fuzzers from the recorded checkpoints and the writers of the tests.
#include "core/archive/encoder.h"
#include "core/base/hash.h"
#include "core/bytes/memorysource.h"
#include "core/detect/encodings.h"
#include "core/review/casestore.h"
#include "tests/fuzz/container.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/critcases.h"
#include "tests/support/fail.h"
#include "tests/support/tarreader.h"
#include "tests/support/tarwriter.h"

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace cryoscope;
using namespace cryoscope::test;
namespace fs = std::filesystem;

namespace
{

constexpr size_t largest = 60000; // bytes of a seed; larger ones slow the fuzzer down

class Corpus
{
public:
    explicit Corpus(fs::path folder) : m_folder(std::move(folder)) {}

    void add(const std::string &target, const std::string &content) const
    {
        if (content.size() > largest)
            return;
        const fs::path folder = m_folder / target;
        fs::create_directories(folder);
        Sha256 hash;
        hash.add(asBytes(content));
        std::ofstream file(folder / toHex(hash.finish()).substr(0, 16), std::ios::binary);
        file.write(content.data(), static_cast<std::streamsize>(content.size()));
        if (!file.good())
            fail("cannot write seeds to " + folder.string());
    }

private:
    fs::path m_folder;
};

std::string compressed(const std::string &content, Codec codec)
{
    std::string out;
    const MemorySource source("seed", asBytes(content));
    const auto done = encodeStream(source, codec, [&out](std::span<const std::byte> piece) {
        out += asText(piece);
        return Result<void>();
    });
    if (!done)
        fail(done.error().describe());
    return out;
}

std::string readFile(const fs::path &path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A set as the input of the checkpoint's fuzzer: images, the first pages of pages files.
std::string container(const std::map<std::string, std::string> &members)
{
    fuzz::Files files;
    size_t room = largest;
    for (const auto &[path, content] : members) {
        const std::string name = path.starts_with("checkpoint/") ? path.substr(11) : path;
        if (name.size() > 90 || content.size() > room / 2 || files.size() > 60)
            continue;
        room -= content.size() + name.size() + 4;
        files.emplace_back(name, content);
    }
    return fuzz::inputOf(files);
}

void addTars(const Corpus &corpus)
{
    const std::string inner = TarWriter().file("x", "content").directory("d").file("d/y", "").bytes();
    TarWriter tar;
    tar.directory("d").file("d/a", "abc").longName(std::string(150, 'n')).longLink(std::string(120, 'l'));
    tar.symlink("s", "t")
        .hardLink("h", "d/a")
        .pax({{"path", "p"}, {"mtime", "1.5"}, {"size", "4"}})
        .file("q", "1234");
    tar.globalPax({{"uid", "7"}}).file("inner.tar", inner).file("inner.gz", compressed(inner, Codec::Gzip));
    tar.pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.name", "sp"}, {"GNU.sparse.realsize", "9000"}})
        .file("sparse", "1\n0\n4\ndata");
    tar.add({.name = "old", .type = 'S', .data = "data", .magic = TarMagic::Gnu});
    corpus.add("tar", std::string(1, '\0') + tar.bytes());
    corpus.add("tar", std::string(1, '\1') + inner);
    corpus.add("archive", tar.bytes());
    for (const Codec codec : {Codec::Gzip, Codec::Zstd, Codec::Xz, Codec::Bzip2}) {
        corpus.add("archive", compressed(tar.bytes(), codec));
        corpus.add("stream", compressed(inner, codec));
        corpus.add("stream", compressed(inner, codec) + compressed("more", codec));
        corpus.add("stream", compressed({}, codec));
    }
}

CheckpointBuilder built()
{
    CheckpointBuilder builder;
    builder.sharedObject(77).write(0, "shared");
    auto &task = builder.task(1, "prog");
    task.exe(builder.file("/bin/prog"))
        .vma(0x10000, 0x14000)
        .page(0x10ff8, "crosses a page border")
        .lazy(0x13000);
    task.vma(0x20000, 0x22000, VmaKind::SharedAnonymous, {.object = 77});
    task.vma(0x30000, 0x31000, VmaKind::Memfd, {.object = builder.memfd("m", 77, 4096)});
    task.arguments({"prog", "-v"}).environment({"API_KEY=not-a-real-key"}).thread(2, "worker");
    task.fd(0, builder.pipe(5, "queued"))
        .fd(3, builder.ghostFile("/tmp/x", "ghost"))
        .fd(4, builder.unixSocket(9, 0, "/run/s"));
    auto &child = builder.task(3, "child");
    child.exe(builder.file("/bin/child")).vma(0x10000, 0x12000).page(0x10000, "child").inParent(0x11000);
    return builder;
}

/// The archives of recorded checkpoints, below `data`.
std::vector<fs::path> recordings(const fs::path &data)
{
    std::vector<fs::path> found;
    for (const auto &entry : fs::recursive_directory_iterator(data)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".tar.zst") && name.find(".golden.") == std::string::npos)
            found.push_back(entry.path().lexically_relative(data));
    }
    return found;
}

void addCheckpoints(const Corpus &corpus, const fs::path &data)
{
    for (const PagemapForm form : {PagemapForm::Current, PagemapForm::Flags, PagemapForm::Old}) {
        CheckpointBuilder builder;
        builder.pagemapForm(form).maxRun(1);
        builder.task(1, "p")
            .exe(builder.file("/bin/p"))
            .vma(0x10000, 0x13000)
            .page(0x10000, "a")
            .inParent(0x11000)
            .page(0x12000, "b");
        corpus.add("checkpoint", container(builder.members()));
    }
    // A chain: the parent's files in a folder, and the link.
    auto members = built().members();
    const auto parent = members;
    for (const auto &[name, content] : parent) {
        if (name != "pstree.img")
            members["p/" + name] = content;
    }
    members["parent@"] = "p";
    corpus.add("checkpoint", container(members));
    corpus.add("checkpoint", container(built().members()));
    for (const fs::path &name : recordings(data)) {
        const auto recorded = readTar((data / name).string());
        corpus.add("checkpoint", container(recorded));
        for (const auto &[path, content] : recorded) {
            const std::string file = fs::path(path).filename().string();
            if (file.starts_with("pages-") || !file.ends_with(".img"))
                continue;
            corpus.add(file.starts_with("pagemap-") ? "pagemap" : "image", content);
        }
        corpus.add("archive", readFile(data / name));
    }
    for (const auto &[name, content] : critCases())
        corpus.add("image", content);
    for (const auto &[name, content] : built().members()) {
        if (name.starts_with("pagemap-"))
            corpus.add("pagemap", content);
    }
}

void addRules(const Corpus &corpus, const fs::path &root)
{
    for (const auto &entry : fs::directory_iterator(root / "resources/rules")) {
        const std::string text = readFile(entry.path());
        corpus.add("rules", text);
        for (size_t at = text.find("[["); at != std::string::npos;) {
            const size_t next = text.find("[[", at + 2);
            corpus.add("rules", text.substr(at, next - at));
            at = next;
        }
    }
}

void addTexts(const Corpus &corpus)
{
    const std::vector<std::string> texts{
        "PASSWORD=hunter2hunter2\0DB_URL=postgres://user:pa55word@db/x",
        "Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789\r\nCookie: session=0123456789abcdef",
        "{\"password\": \"p\\u0061ss\\nword\", \"api_key\":\"0123456789abcdef0123456789abcdef\"}",
        "root:$6$salt$0123456789abcdefghijklmnopqrstuvwxyz./0123456789abcdefghijklmnopqrstuvwxyz./"
        "0123456789abcdefghijkl:19000:0:99999:7:::",
        "-----BEGIN RSA PRIVATE "
        "KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu\n-----END RSA PRIVATE "
        "KEY-----\n",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "glpat-qgKbuOhXlNaxz8JFbrVJ ghp_0123456789abcdefghijABCDEFGHIJ012345 AKIAIOSFODNN7EXAMPLE "
        "xoxb-123456789012-abcdefghij"};
    for (const std::string &text : texts) {
        corpus.add("window", std::string("\0\xff\0\0", 4) + text);
        std::string wide;
        for (const char c : text)
            wide += {c, '\0'};
        corpus.add("window", std::string("\0\xff\1\1", 4) + wide);
        corpus.add("encoding", text);
        corpus.add("encoding", encodeBase64(text, false));
        corpus.add("encoding", encodeHex(text, true));
    }
    corpus.add("encoding", "pa%73s+word \\u00e9\\ud83d\\udd11 \xf0\x9f\x94\x91");
}

void addCases(const Corpus &corpus, const fs::path &folder)
{
    fs::create_directories(folder);
    const std::string path = (folder / "case").string();
    fs::remove(path);
    {
        const auto store = CaseStore::create(path, "identity", "checkpoint");
        if (!store)
            fail(store.error().describe());
        CaseStore::Marked marked;
        marked.finding.rule = "rule";
        marked.finding.kind = "kind";
        marked.finding.parts = {{1, 2, 3}, {4, 5, 6}};
        marked.fingerprint = "00ff";
        const std::vector<CaseStore::Marked> all{marked};
        (void)(*store)->replaceScan(all, "v1");
        (void)(*store)->addManual(marked, "comment");
        (void)(*store)->travel(false);
        const std::string copy = path + "-copy";
        fs::remove(copy);
        if (const auto done = (*store)->saveCopy(copy); !done)
            fail(done.error().describe());
        std::ifstream file(copy, std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        // Cases are larger than other seeds.
        fs::create_directories(folder.parent_path() / "case");
        std::ofstream out(folder.parent_path() / "case" / "seed", std::ios::binary);
        out << content;
        fs::remove(copy);
    }
    fs::remove_all(folder);
    corpus.add("case", "SQLite format 3");
}

} // namespace

int main(int count, char **arguments)
{
    if (count != 3)
        fail("usage: cryoscope_fuzzseeds SOURCE CORPUS");
    const fs::path root(arguments[1]);
    const Corpus corpus{fs::path(arguments[2])};
    addTars(corpus);
    addCheckpoints(corpus, root / "tests/data");
    addRules(corpus, root);
    addTexts(corpus);
    addCases(corpus, fs::path(arguments[2]) / "making");
    return 0;
}
