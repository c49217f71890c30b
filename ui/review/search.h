// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/finding.h"
#include "core/memory/memory.h"
#include "ui/jobs/job.h"

#include <QObject>

#include <memory>
#include <string>
#include <vector>

namespace cryoscope::ui
{

/// What is searched for. Text is searched in every encoding; bytes and patterns as they stand.
struct SearchQuery {
    enum class Kind { Text, Bytes, Pattern };
    Kind kind = Kind::Text;
    std::string wanted; ///< text, raw bytes, or a regular expression
};

/// Searches all memory and all members in the background; hits come in batches while it runs. Lives in the
/// GUI thread.
class Search : public QObject
{
    Q_OBJECT
public:
    static constexpr size_t maxHits = 200000; ///< the search ends there, and says so

    explicit Search(QObject *parent = nullptr);

    /// Starts over; what is under way is cancelled first.
    void start(std::shared_ptr<const Memory> memory, SearchQuery query);
    void cancel();
    void clear();
    [[nodiscard]] bool isRunning() const { return m_job.isRunning(); }

    /// As findings that Case::acceptExtents takes; in the order of being found.
    [[nodiscard]] const std::vector<Finding> &hits() const { return m_hits; }
    [[nodiscard]] SearchQuery::Kind kind() const { return m_kind; }

Q_SIGNALS:
    void started();
    /// Hits [first, hits().size()) came.
    void found(size_t first);
    void progressed(const QString &phase, quint64 done, quint64 total);
    /// `error` is empty if all was searched; `cut`: there are more than maxHits.
    void finished(const QString &error, bool cut);

private:
    struct Next {
        std::shared_ptr<const Memory> memory;
        SearchQuery query;
    };
    void run(std::shared_ptr<const Memory> memory, SearchQuery query);

    std::vector<Finding> m_hits;
    SearchQuery::Kind m_kind = SearchQuery::Kind::Text;
    uint64_t m_generation = 0; ///< batches of an older search are dropped
    std::unique_ptr<Next> m_next;
    Job m_job;
};

} // namespace cryoscope::ui
