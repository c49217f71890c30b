// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sabotages.h"

#include "tests/support/checkpointbuilder.h"
#include "tests/support/fail.h"
#include "tests/support/tarwriter.h"

#include <algorithm>

namespace cryoscope::test
{

namespace
{

using Stored = StoredCheckpoint;
using Change = std::function<void(Stored &, const Stored &)>;

std::string asWide(std::string_view text, size_t width, bool bigEndian)
{
    std::string out;
    for (const char c : text) {
        std::string unit(width, '\0');
        unit[bigEndian ? width - 1 : 0] = c;
        out += unit;
    }
    return out;
}

/// With padding, of `before` bytes and the text and what fills the last group.
std::string asBase64(std::string text, size_t before, std::string_view last)
{
    const std::string alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string(last);
    text.insert(0, std::string(before, 'k'));
    text.append((3 - text.size() % 3) % 3, 'm');
    std::string out;
    for (size_t i = 0; i < text.size(); i += 3) {
        const auto byte = [&](size_t k) {
            return static_cast<unsigned>(static_cast<unsigned char>(text[i + k]));
        };
        const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (const unsigned shift : {18U, 12U, 6U, 0U})
            out += alphabet[bits >> shift & 63];
    }
    return out;
}

std::string asHex(std::string_view text, const char *digits, std::string_view before = {})
{
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += std::string(before) + digits[byte >> 4] + digits[byte & 15];
    }
    return out;
}

std::string withEach(std::string text, std::string_view what, std::string_view with)
{
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
    return text;
}

void overwrite(std::string &data, size_t at, std::string_view bytes)
{
    if (at > data.size() || bytes.size() > data.size() - at)
        fail("a sabotage behind the end");
    data.replace(at, bytes.size(), bytes);
}

/// Another byte at an offset.
void flipByte(std::string &data, size_t at)
{
    overwrite(data, at, std::string(1, static_cast<char>(data.at(at) ^ 1)));
}

/// Changes a field of a member's header.
void setHeader(StoredMember &member, size_t at, std::string_view bytes)
{
    overwrite(member.header, at, bytes);
    Stored::sign(member);
}

/// The sabotages, as they are added.
class Table
{
public:
    Sabotage &add(std::string name, std::vector<std::string> items, Change change)
    {
        all.push_back({std::move(name), std::move(items), false, true, std::move(change)});
        return all.back();
    }
    /// In archives only.
    void addToTar(std::string name, std::vector<std::string> items, Change change)
    {
        add(std::move(name), std::move(items), std::move(change)).inDirectory = false;
    }
    std::vector<Sabotage> all;
};

Change flipped(const char *name, size_t at)
{
    return [name, at](Stored &made, const Stored &) { flipByte(made.at(name).data, at); };
}

Change inNestedTar(const std::function<void(Stored &)> &change)
{
    return [change](Stored &made, const Stored &) {
        StoredMember &member = made.at("rootfs-diff.tar");
        Stored tar = Stored::ofTar(member.data);
        change(tar);
        member.data = tar.tar();
    };
}

void addCopies(Table &table)
{
    for (const auto &[name, text] : SabotageGround::encodings()) {
        const std::string form = text;
        // The evidence's own bytes at the place of this one.
        table.add("left copy: " + name, {"difference"}, [form](Stored &made, const Stored &evidence) {
            const std::string &pages = evidence.at("pages-1.img").data;
            overwrite(made.at("pages-1.img").data, pages.find(form, SabotageGround::encodedAt), form);
        });
        table
            .add("added copy in the log: " + name, {"difference"},
                 [form](Stored &made, const Stored &) { overwrite(made.at("dump.log").data, 20, form); })
            .value = true;
        table
            .add("added copy in memory: " + name, {"difference"},
                 [form](Stored &made, const Stored &) {
                     overwrite(made.at("pages-1.img").data, SabotageGround::freeAt + 1000, form);
                 })
            .value = true;
    }
    const std::string secret = SabotageGround::secret();
    table
        .add("added copy over a page border", {"difference"},
             [secret](Stored &made, const Stored &) {
                 overwrite(made.at("pages-1.img").data, SabotageGround::freeAt + 4096 - 8, secret);
             })
        .value = true;
    table
        .add("added copy over the border of two sets", {"difference"},
             [secret](Stored &made, const Stored &) {
                 overwrite(made.at("pre/pages-1.img").data, 4096 - 8, secret.substr(0, 8));
                 overwrite(made.at("pages-1.img").data, SabotageGround::behindParentAt, secret.substr(8));
             })
        .value = true;
    table
        .add("added copy in the parent set", {"difference"},
             [secret](Stored &made, const Stored &) {
                 overwrite(made.at("pre/pages-1.img").data, 3000, secret);
             })
        .value = true;
    for (const char *name : {"pre/pages-1.img", "pages-1.img", "pipes-data.img", "dump.log",
                             "rootfs-diff.tar", "tmpfs-dev-5.tar.gz.img"}) {
        table.add(
            std::string("as in the evidence: ") + name, {"difference"},
            [name](Stored &made, const Stored &evidence) { made.at(name).data = evidence.at(name).data; });
    }
}

void addChangedBytes(Table &table)
{
    table.add("extra byte in an image", {"difference"}, [](Stored &made, const Stored &) {
        std::string &data = made.at("ids-100.img").data;
        flipByte(data, data.size() - 1);
    });
    table.add("extra byte in a pages file", {"difference"},
              flipped("pages-1.img", SabotageGround::freeAt + 100));
    table.add("extra byte in the parent set", {"difference"}, flipped("pre/pages-1.img", 3000));
    table.add("extra byte in the log", {"difference"}, flipped("dump.log", 3));
    table.add("extra byte in a file of a nested tar", {"difference"},
              inNestedTar([](Stored &tar) { flipByte(tar.members.at(1).data, 2); }));
    table.add("time in the header of a nested tar", {"difference"},
              inNestedTar([](Stored &tar) { setHeader(tar.members.at(1), 146, "7"); }));
    table.add("checksum of a nested tar", {"structure"},
              inNestedTar([](Stored &tar) { flipByte(tar.members.at(1).header, 150); }));
    table.add("padding of a nested tar", {"difference"},
              inNestedTar([](Stored &tar) { flipByte(tar.members.at(1).padding, 2); }));
    table.add("end of a nested tar", {"difference"},
              inNestedTar([](Stored &tar) { flipByte(tar.end, 600); }));
    table.add("swapped contents of two members of a size", {"difference"}, [](Stored &made, const Stored &) {
        if (made.at("ids-100.img").data.size() != made.at("ids-101.img").data.size())
            fail("they have no common size");
        std::swap(made.at("ids-100.img").data, made.at("ids-101.img").data);
    });
    table.add("image that decodes no more", {"difference", "decodes"},
              flipped("pipes-data.img", 8)); // the size of its first record
}

void addMembers(Table &table)
{
    const std::vector<std::string> structure{"structure"};
    const auto find = [](Stored &made, std::string_view name) {
        return std::find_if(made.members.begin(), made.members.end(),
                            [&](const StoredMember &member) { return member.name == name; });
    };
    const auto renamed = [](StoredMember member, const std::string &name) {
        member.name = name;
        if (!member.header.empty())
            overwrite(member.header, 0, name);
        Stored::sign(member);
        return member;
    };
    table.add("missing member", structure,
              [find](Stored &made, const Stored &) { made.members.erase(find(made, "dump.log")); });
    table.add("missing set", structure, [](Stored &made, const Stored &) {
        std::erase_if(made.members,
                      [](const StoredMember &member) { return member.name.starts_with("pre/"); });
    });
    table.add("added member", structure, [renamed](Stored &made, const Stored &) {
        made.members.push_back(renamed(made.at("dump.log"), "more.log"));
    });
    table.addToTar("member twice", structure, [](Stored &made, const Stored &) {
        made.members.push_back(StoredMember(made.at("dump.log")));
    });
    table.add("renamed member", structure, [renamed](Stored &made, const Stored &) {
        made.at("dump.log") = renamed(made.at("dump.log"), "dumq.log");
    });
    table.add("truncated member", structure,
              [](Stored &made, const Stored &) { made.at("dump.log").data.resize(100); });
    table.add("longer member", structure,
              [](Stored &made, const Stored &) { made.at("dump.log").data += "more"; });
    table.add("emptied member", structure,
              [](Stored &made, const Stored &) { made.at("ids-100.img").data.clear(); });
    table.addToTar("members in another order", structure, [find](Stored &made, const Stored &) {
        std::iter_swap(find(made, "ids-100.img"), find(made, "ids-101.img"));
    });
    table.add("link in place of a file", structure, [](Stored &made, const Stored &) {
        StoredMember &member = made.at("dump.log");
        member.type = '2';
        member.link = "ids-100.img";
        member.data.clear();
        member.padding.clear();
        if (!member.header.empty()) {
            overwrite(member.header, 124, "00000000000");
            overwrite(member.header, 156, "2ids-100.img");
        }
        Stored::sign(member);
    });
    table.add("link to another place", structure, [](Stored &made, const Stored &) {
        StoredMember &member = made.at("parent");
        member.link = "prf";
        if (!member.header.empty())
            overwrite(member.header, 157, "prf");
        Stored::sign(member);
    });
}

void addTarForms(Table &table)
{
    const auto header = [](size_t at, const char *bytes) -> Change {
        return [at, bytes](Stored &made, const Stored &) { setHeader(made.at("dump.log"), at, bytes); };
    };
    const std::vector<std::string> structure{"structure"};
    table.addToTar("mode", structure, header(105, "7"));
    table.addToTar("owner", structure, header(114, "7"));
    table.addToTar("group", structure, header(122, "7"));
    table.addToTar("time", structure, header(146, "7"));
    table.addToTar("name of the owner", structure, header(265, "somebody"));
    table.addToTar("device of a file", structure, header(329, "0000007"));
    table.addToTar("checksum", structure,
                   [](Stored &made, const Stored &) { flipByte(made.at("dump.log").header, 150); });
    table.addToTar("padding", {"slack"},
                   [](Stored &made, const Stored &) { made.at("dump.log").padding.back() = 'x'; });
    table.addToTar("old bytes in padding", {"slack"}, [](Stored &made, const Stored &) {
        overwrite(made.at("dump.log").padding, 3, SabotageGround::secret());
    });
    table.addToTar("old bytes behind the end", {"slack"},
                   [](Stored &made, const Stored &) { overwrite(made.end, 700, SabotageGround::secret()); });
    table.addToTar("more behind the end", {"slack"}, [](Stored &made, const Stored &) {
        made.end += std::string(400, '\0') + SabotageGround::secret() + std::string(512, '\0');
    });
    table.addToTar("cut in the midst", structure, [](Stored &made, const Stored &) {
        made.members.resize(made.members.size() / 2);
        made.members.back().padding.clear();
        made.end.clear();
    });
}

void addStreams(Table &table)
{
    using Edit = std::function<std::string(std::string)>;
    const auto stream = [](const Edit &edit) -> Change {
        return [edit](Stored &made, const Stored &) {
            std::string &data = made.at("tmpfs-dev-5.tar.gz.img").data;
            data = edit(data);
        };
    };
    const auto decoded = [stream](const std::function<void(Stored &)> &change) {
        return stream([change](const std::string &data) {
            Stored tar = Stored::ofTar(decodedOf(data));
            change(tar);
            return gzipOf(tar.tar());
        });
    };
    const std::vector<std::string> structure{"structure"};
    table.add("stream that decodes to another byte", {"difference"},
              decoded([](Stored &tar) { flipByte(tar.members.at(1).data, 0); }));
    table.add("stream with another time in a header", {"difference"},
              decoded([](Stored &tar) { setHeader(tar.members.at(1), 146, "7"); }));
    table.add("stream with a file more", structure, decoded([](Stored &tar) {
                  tar.members.push_back(
                      Stored::ofTar(TarWriter().file("etc/more", "more").bytes()).members.front());
              }));
    table.add("stream that is no stream", structure, stream(decodedOf));
    table.add("stream of another kind", structure,
              stream([](const std::string &data) { return zstdOf(decodedOf(data)); }));
    table.add("stream that is cut", structure,
              stream([](const std::string &data) { return data.substr(0, data.size() - 40); }));
    table.add("value in the head of a stream", {"values-absent"}, stream([](std::string data) {
                  data[3] = static_cast<char>(data[3] | 8); // it has a name
                  return data.insert(10, SabotageGround::secret() + '\0');
              }));
    table.add("value behind a stream", {"values-absent"},
              stream([](const std::string &data) { return data + SabotageGround::secret(); }));
    table.add("bytes behind a stream", structure,
              stream([](const std::string &data) { return data + "what was there before"; }));
}

} // namespace

const std::string &SabotageGround::secret()
{
    static const std::string text = "Zx9k\"pL2&vT7?~R4>sQ8";
    return text;
}

std::vector<std::pair<std::string, std::string>> SabotageGround::encodings()
{
    const std::string &text = secret();
    std::string percent = text;
    for (const char *c : {"\"", "&", "?", ">"})
        percent = withEach(percent, c, asHex(c, "0123456789ABCDEF", "%"));
    return {{"raw", text},
            {"UTF-16LE", asWide(text, 2, false)},
            {"UTF-16BE", asWide(text, 2, true)},
            {"UTF-32LE", asWide(text, 4, false)},
            {"base64", asBase64(text, 0, "+/")},
            {"base64, second alignment", asBase64(text, 1, "+/")},
            {"base64, third alignment", asBase64(text, 2, "+/")},
            {"base64url", asBase64(text, 0, "-_")},
            {"hex", asHex(text, "0123456789abcdef")},
            {"HEX", asHex(text, "0123456789ABCDEF")},
            {"percent", percent},
            {"percent, all of it", asHex(text, "0123456789ABCDEF", "%")},
            {"JSON", withEach(text, "\"", "\\\"")}};
}

void SabotageGround::write(const std::string &path, StoredCheckpoint::Form form)
{
    const std::string &text = secret();
    std::string forms;
    for (const auto &[name, encoded] : encodings())
        forms += encoded + "\n";
    CheckpointBuilder set;
    auto &task = set.task(100, "prog");
    task.exe(set.file("/bin/prog")).vma(0x10000, 0x30000);
    task.page(0x11ff8, text); // over the border of two pages
    task.page(0x15000 + 0xff8, text.substr(0, 8)).inParent(0x16000);
    task.page(0x17000, "behind the parent's page").page(0x18000, forms).page(0x1a000, std::string(5000, '.'));
    set.task(101, "prog").exe(set.file("/bin/prog")).vma(0x10000, 0x30000).page(0x10000, "another task");
    set.pipe(77, "queued " + text);
    set.member("dump.log", "(00.000001) " + std::string(300, '.') + "\n(00.000002) found " + text + "\n");
    CheckpointBuilder before;
    before.task(100, "prog")
        .exe(before.file("/bin/prog"))
        .vma(0x10000, 0x30000)
        .page(0x16000, text.substr(8))
        .page(0x16800, "and all of it: " + text);

    TarWriter diff;
    diff.file("etc/token", "is " + text + "\n").file("etc/plain", "nothing of it here\n");
    TarWriter tar;
    tar.directory("pre");
    for (const auto &[name, content] : before.members()) {
        if (name.starts_with("page") || name == "inventory.img")
            tar.file("pre/" + name, content);
    }
    for (const auto &[name, content] : set.members())
        tar.file(name, content);
    tar.symlink("parent", "pre")
        .file("rootfs-diff.tar", diff.bytes())
        .file("tmpfs-dev-5.tar.gz.img", gzipOf(diff.bytes()));
    StoredCheckpoint made = StoredCheckpoint::ofTar(tar.bytes());
    made.form = form;
    if (form == StoredCheckpoint::Form::Nested) {
        StoredCheckpoint around =
            StoredCheckpoint::ofTar(TarWriter().file("pod.tar", "").file("notes", "beside it").bytes());
        made.outer = std::move(around.members);
        made.outerEnd = std::move(around.end);
    }
    made.write(path);
}

std::vector<Sabotage> allSabotages()
{
    Table table;
    table.add("nothing", {}, [](Stored &, const Stored &) {});
    addCopies(table);
    addChangedBytes(table);
    addMembers(table);
    addTarForms(table);
    addStreams(table);
    return std::move(table.all);
}

} // namespace cryoscope::test
