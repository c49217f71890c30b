// SPDX-License-Identifier: Apache-2.0
#include "ui/review/search.h"

#include "core/base/wipe.h"
#include "core/detect/patternsearch.h"
#include "core/detect/valuesearch.h"

namespace cryoscope::ui
{

namespace
{

Finding hitFinding(std::vector<Extent> parts, Encoding encoding, uint32_t pid, uint64_t address)
{
    Finding finding;
    finding.rule = "search";
    finding.kind = "Search hit";
    finding.confidence = Confidence::High;
    finding.encoding = encoding;
    finding.parts = std::move(parts);
    finding.why = "found by a search of the reviewer (" + std::string(encodingName(encoding)) + ")";
    finding.pid = pid;
    finding.address = address;
    return finding;
}

} // namespace

Search::Search(QObject *parent) : QObject(parent)
{
    connect(&m_job, &Job::progressed, this, &Search::progressed);
}

void Search::start(std::shared_ptr<const Memory> memory, SearchQuery query)
{
    if (m_job.isRunning()) {
        m_next = std::make_unique<Next>(Next{std::move(memory), std::move(query)});
        m_job.cancel();
        return;
    }
    run(std::move(memory), std::move(query));
}

void Search::run(std::shared_ptr<const Memory> memory, SearchQuery query)
{
    struct State {
        SearchQuery query;
        std::optional<Error> error;
        size_t count = 0;
        bool cut = false;
    };
    ++m_generation;
    m_hits.clear();
    m_kind = query.kind;
    auto state = std::make_shared<State>();
    state->query = std::move(query);
    m_job.start(
        [this, state, memory, generation = m_generation](Progress &progress, std::stop_token stop) {
            std::stop_source enough; // by the user, or when there are too many
            const std::stop_callback asked(stop, [&enough] { enough.request_stop(); });
            const auto deliver = [&](std::vector<Finding> &&batch) {
                if (state->count + batch.size() > maxHits) {
                    batch.resize(maxHits - state->count);
                    state->cut = true;
                    enough.request_stop();
                }
                state->count += batch.size();
                QMetaObject::invokeMethod(
                    this,
                    [this, generation, batch = std::make_shared<std::vector<Finding>>(std::move(batch))] {
                        if (generation != m_generation || batch->empty())
                            return;
                        const size_t first = m_hits.size();
                        m_hits.insert(m_hits.end(), std::make_move_iterator(batch->begin()),
                                      std::make_move_iterator(batch->end()));
                        Q_EMIT found(first);
                    },
                    Qt::QueuedConnection);
            };
            Result<void> done;
            if (state->query.kind == SearchQuery::Kind::Pattern) {
                done = findPattern(
                    *memory, state->query.wanted,
                    [&](std::vector<PatternHit> &&batch) {
                        std::vector<Finding> findings;
                        for (PatternHit &hit : batch)
                            findings.push_back(
                                hitFinding(std::move(hit.parts), Encoding::Raw, hit.pid, hit.address));
                        deliver(std::move(findings));
                    },
                    &progress, enough.get_token());
            } else {
                SearchValue value{state->query.wanted, 0};
                done = findValues(
                    *memory, {&value, 1},
                    [&](std::vector<ValueHit> &&batch) {
                        std::vector<Finding> findings;
                        for (ValueHit &hit : batch) {
                            if (state->query.kind == SearchQuery::Kind::Text || hit.encoding == Encoding::Raw)
                                findings.push_back(
                                    hitFinding(std::move(hit.parts), hit.encoding, hit.pid, hit.address));
                        }
                        deliver(std::move(findings));
                    },
                    &progress, enough.get_token());
                wipe(value.bytes);
            }
            wipe(state->query.wanted);
            if (!done && !state->cut)
                state->error = done.error();
        },
        [this, state] {
            if (const auto next = std::move(m_next))
                run(std::move(next->memory), std::move(next->query));
            else
                Q_EMIT finished(state->error ? QString::fromStdString(state->error->describe()) : QString(),
                                state->cut);
        });
    Q_EMIT started();
}

void Search::cancel()
{
    m_next.reset();
    m_job.cancel();
}

void Search::clear()
{
    cancel();
    ++m_generation;
    m_hits.clear();
    Q_EMIT started();
}

} // namespace cryoscope::ui
