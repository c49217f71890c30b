// SPDX-License-Identifier: Apache-2.0
#include "ui/views/decodedloader.h"

#include "core/image/critjson.h"
#include "ui/views/textpane.h"

#include <algorithm>

namespace cryoscope::ui
{

namespace
{

constexpr size_t maxDecoded = 2u << 20; // characters of decoded JSON that are shown
constexpr uint64_t maxText = 1u << 20;  // bytes of a text member that are shown

struct Shown {
    QString text;
    QString name; ///< tells the language
};

bool looksLikeText(std::span<const std::byte> bytes)
{
    return std::none_of(bytes.begin(), bytes.end(), [](std::byte byte) {
        const auto c = static_cast<unsigned char>(byte);
        return c == 0 || (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b);
    });
}

Shown decodedImage(const Checkpoint &checkpoint, MemberId member, const std::stop_token &stop)
{
    const auto image = checkpoint.openImage(member);
    if (!image)
        return {QString::fromStdString(image.error().describe()), {}};
    QByteArray json;
    bool cut = false;
    const auto done = critDecode(*image, {.pretty = true}, [&](std::string_view piece) {
        if (static_cast<size_t>(json.size()) < maxDecoded && !stop.stop_requested())
            json.append(piece.data(), static_cast<qsizetype>(piece.size()));
        else
            cut = true;
    });
    Shown shown{QString::fromUtf8(json), QStringLiteral("image.json")};
    if (!done)
        shown.text += QLatin1Char('\n') + QString::fromStdString(done.error().describe());
    if (cut)
        shown.text += DecodedLoader::tr("\n… only the beginning is shown");
    return shown;
}

Shown textMember(const Member &entry)
{
    const auto bytes = entry.content->readAll(0, std::min(maxText, entry.content->size()));
    if (!bytes || !looksLikeText(std::span(*bytes).first(std::min<size_t>(bytes->size(), 4096))))
        return {};
    Shown shown;
    shown.text = QString::fromUtf8(reinterpret_cast<const char *>(bytes->data()),
                                   static_cast<qsizetype>(bytes->size()));
    if (entry.content->size() > maxText)
        shown.text += DecodedLoader::tr("\n… only the beginning is shown");
    const bool json =
        !bytes->empty() && (bytes->front() == std::byte{'{'} || bytes->front() == std::byte{'['});
    shown.name =
        json ? QStringLiteral("x.json")
             : QString::fromStdString(entry.path).section(QLatin1Char('/'), -1).section(QLatin1Char('!'), -1);
    return shown;
}

} // namespace

DecodedLoader::DecodedLoader(TextPane *pane, QObject *parent) : QObject(parent), m_pane(pane) {}

void DecodedLoader::show(std::shared_ptr<const Memory> memory, const ByteTarget &target)
{
    m_memory = std::move(memory);
    m_wanted = target.member;
    if (target.kind == ByteTarget::Kind::Task) {
        const Member *mm = m_memory->checkpoint().imageMember("mm-" + std::to_string(target.pid) + ".img");
        m_wanted = mm != nullptr ? mm->id : noMember;
    }
    if (m_job.isRunning()) {
        m_stale = true;
        m_job.cancel();
        return;
    }
    start();
}

void DecodedLoader::clear()
{
    m_memory.reset();
    m_wanted = noMember;
    m_stale = m_job.isRunning();
    m_job.cancel();
    m_pane->setContent({}, {});
}

void DecodedLoader::start()
{
    if (m_wanted == noMember) {
        m_pane->setContent({}, {});
        return;
    }
    auto shown = std::make_shared<Shown>();
    m_job.start(
        [shown, memory = m_memory, member = m_wanted](Progress &, std::stop_token stop) {
            const Member &entry = memory->checkpoint().archive().member(member);
            if (!entry.content || memory->isPagesFile(member))
                return;
            *shown = Image::looksLikeImage(*entry.content) ? decodedImage(memory->checkpoint(), member, stop)
                                                           : textMember(entry);
        },
        [this, shown] {
            if (std::exchange(m_stale, false))
                start();
            else
                m_pane->setContent(shown->text, shown->name);
        });
}

} // namespace cryoscope::ui
