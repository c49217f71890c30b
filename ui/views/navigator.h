// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/documents.h"
#include "ui/jobs/job.h"
#include "ui/review/previewplan.h"
#include "ui/review/reviewsession.h"

#include <optional>
#include <vector>

namespace cryoscope::ui
{

class Workspace;

/// What the panes show and where in it: opens the bytes of tasks, shared memory and members in the
/// background, and keeps the way back.
class Navigator : public QObject
{
    Q_OBJECT
public:
    Navigator(ReviewSession &session, Workspace &workspace, PreviewPlan &plan, QObject *parent = nullptr);
    ~Navigator() override;

    [[nodiscard]] const ByteTarget &target() const { return m_target; }
    /// What is shown; null while nothing is.
    [[nodiscard]] const HexDocument *document() const { return m_document.get(); }

    /// Shows `target` at `address` (where it is best begun, if there is none); the last one asked for wins.
    void show(const ByteTarget &target, std::optional<uint64_t> address = std::nullopt);
    /// Shows the bytes of a finding where it was seen first.
    void show(const CaseFinding &entry);
    /// Shows a finding's bytes and selects them.
    void showHit(const Finding &finding);
    /// Brings the bytes to the front, shows `target` there and selects `length` bytes (0: none) at `address`.
    void showRange(const ByteTarget &target, uint64_t address, uint64_t length);
    /// Goes to what a user typed: a pid, an address (hexadecimal) or the end of a member's path. False if
    /// there is no such thing.
    bool goTo(const QString &text);
    void back() { travel(false); }
    void forward() { travel(true); }
    [[nodiscard]] bool canGoBack() const { return m_at > 0; }
    [[nodiscard]] bool canGoForward() const { return m_at + 1 < m_history.size(); }
    /// Whether the bytes are shown as the export will hold them.
    void setPreview(bool on);
    /// "1042 nginx · [heap] rw-p 55f9deed8000", and "pid 1042 · 0x… · 8 bytes · pages-2.img+0x1e72".
    [[nodiscard]] QString whereText() const;
    [[nodiscard]] QString positionText() const;

Q_SIGNALS:
    /// target() is another one, and its bytes are in the views.
    void targetChanged();
    void historyChanged();

private:
    struct Visit {
        ByteTarget target;
        uint64_t address = 0;
    };
    void ask(const ByteTarget &target, std::optional<uint64_t> address, bool travelling, uint64_t length = 0);
    void load();
    void take(std::vector<HexSegment> segments);
    void goToBest();
    void visit();
    void leave();
    void travel(bool forward);
    void setReaders();
    void close();

    ReviewSession &m_session;
    Workspace &m_workspace;
    PreviewPlan &m_plan;
    ByteTarget m_target;
    std::unique_ptr<ReadDocument> m_document;
    std::unique_ptr<ReadDocument> m_afterDocument;
    bool m_preview = false;
    bool m_following = false; ///< the tree is being moved to what is shown already
    ByteTarget m_wanted;      ///< being opened
    std::optional<uint64_t> m_wantedAddress;
    uint64_t m_wantedLength = 0; ///< to be selected
    std::vector<Visit> m_history;
    size_t m_at = 0;           ///< index in m_history of what is shown
    bool m_travelling = false; ///< what is being opened is in the history already
    Job m_job;
};

} // namespace cryoscope::ui
