// SPDX-License-Identifier: Apache-2.0
#include "ui/views/decodedloader.h"

#include "core/image/critjson.h"
#include "core/redact/memberpatches.h"
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
    QString name;             ///< tells the language
    std::vector<int> changed; ///< numbers of the lines that are others in the evidence
};

bool looksLikeText(std::span<const std::byte> bytes)
{
    return std::none_of(bytes.begin(), bytes.end(), [](std::byte byte) {
        const auto c = static_cast<unsigned char>(byte);
        return c == 0 || (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b);
    });
}

using Content = std::shared_ptr<const ByteSource>;

Shown decodedImage(const Checkpoint &checkpoint, const Content &content, const std::stop_token &stop)
{
    const auto image = Image::open(content, checkpoint.schema());
    if (!image)
        return {QString::fromStdString(image.error().describe()), {}, {}};
    QByteArray json;
    bool cut = false;
    const auto done = critDecode(*image, {.pretty = true}, [&](std::string_view piece) {
        if (static_cast<size_t>(json.size()) < maxDecoded && !stop.stop_requested())
            json.append(piece.data(), static_cast<qsizetype>(piece.size()));
        else
            cut = true;
    });
    Shown shown{QString::fromUtf8(json), QStringLiteral("image.json"), {}};
    if (!done)
        shown.text += QLatin1Char('\n') + QString::fromStdString(done.error().describe());
    if (cut)
        shown.text += DecodedLoader::tr("\n… only the beginning is shown");
    return shown;
}

Shown textMember(const Member &entry, const ByteSource &content)
{
    const auto bytes = content.readAll(0, std::min(maxText, content.size()));
    if (!bytes || !looksLikeText(std::span(*bytes).first(std::min<size_t>(bytes->size(), 4096))))
        return {};
    Shown shown;
    shown.text = QString::fromUtf8(reinterpret_cast<const char *>(bytes->data()),
                                   static_cast<qsizetype>(bytes->size()));
    if (content.size() > maxText)
        shown.text += DecodedLoader::tr("\n… only the beginning is shown");
    const bool json =
        !bytes->empty() && (bytes->front() == std::byte{'{'} || bytes->front() == std::byte{'['});
    shown.name =
        json ? QStringLiteral("x.json")
             : QString::fromStdString(entry.path).section(QLatin1Char('/'), -1).section(QLatin1Char('!'), -1);
    return shown;
}

Shown decoded(const Checkpoint &checkpoint, const Member &entry, const Content &content,
              const std::stop_token &stop)
{
    return Image::looksLikeImage(*entry.content) ? decodedImage(checkpoint, content, stop)
                                                 : textMember(entry, *content);
}

/// Numbers of the lines that are not the same; none if lines came or went.
std::vector<int> changedLines(const QString &before, const QString &after)
{
    const auto olds = QStringView(before).split(QLatin1Char('\n'));
    const auto news = QStringView(after).split(QLatin1Char('\n'));
    std::vector<int> lines;
    for (qsizetype i = 0; olds.size() == news.size() && i < olds.size(); ++i) {
        if (olds[i] != news[i])
            lines.push_back(static_cast<int>(i));
    }
    return lines;
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
    m_shown = noMember;
    m_pane->setContent({}, {});
}

void DecodedLoader::setPreview(PreviewPatches patches, bool masked, PreviewPatches masks)
{
    if (patches == m_patches && masked == m_masked && (!masked || masks == m_masks))
        return;
    m_patches = std::move(patches);
    m_masked = masked;
    m_masks = std::move(masks);
    if (!m_memory)
        return;
    if (m_job.isRunning()) {
        m_stale = true;
        m_job.cancel();
        return;
    }
    start();
}

void DecodedLoader::start()
{
    if (m_wanted == noMember || (m_masked && !m_masks)) {
        m_shown = noMember;
        m_pane->setContent({}, {});
        return;
    }
    auto shown = std::make_shared<Shown>();
    m_job.start(
        [shown, memory = m_memory, member = m_wanted, patches = m_patches,
         masks = m_masked ? m_masks : nullptr](Progress &, std::stop_token stop) {
            const Checkpoint &checkpoint = memory->checkpoint();
            const Member &entry = checkpoint.archive().member(member);
            if (!entry.content || memory->isPagesFile(member))
                return;
            const Content now =
                patches ? patchedContent(checkpoint.archive(), member, *patches) : entry.content;
            *shown = decoded(checkpoint, entry, now, stop);
            if (now != entry.content)
                shown->changed =
                    changedLines(decoded(checkpoint, entry, entry.content, stop).text, shown->text);
            if (!masks)
                return;
            auto changed = std::move(shown->changed);
            *shown = decoded(checkpoint, entry, patchedContent(checkpoint.archive(), member, *masks), stop);
            shown->changed = std::move(changed);
        },
        [this, shown, member = m_wanted] {
            if (std::exchange(m_stale, false)) {
                start();
                return;
            }
            // A decision elsewhere does not move what is read here, nor does the preview.
            const bool same = std::exchange(m_shown, member) == member;
            if (!same || m_pane->toPlainText() != shown->text)
                m_pane->setContent(shown->text, shown->name, same);
            m_pane->setChangedLines(std::move(shown->changed));
        });
}

} // namespace cryoscope::ui
