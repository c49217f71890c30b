// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "ui/hexview/hexdocument.h"

#include <functional>
#include <memory>
#include <mutex>

namespace cryoscope::ui
{

/// A HexDocument whose bytes come from a function that is called on threads of the application's pool.
/// Deleting it does not wait for reads that are under way.
class ReadDocument final : public HexDocument
{
    Q_OBJECT
public:
    /// Reads `length` bytes at `start`, which lie within one present segment. Called on other threads, at the
    /// same time.
    using Reader = std::function<Result<std::vector<std::byte>>(uint64_t start, uint64_t length)>;

    ReadDocument(QString title, QString gapText, std::vector<HexSegment> segments, Reader reader,
                 QObject *parent = nullptr);
    ~ReadDocument() override;

    QString title() const override { return m_title; }
    const std::vector<HexSegment> &segments() const override { return m_segments; }
    QString gapText() const override { return m_gapText; }
    void fetch(uint64_t start, uint64_t length) override;

    /// Other bytes at the same addresses (preview switched on or off).
    void setReader(Reader reader);

private:
    QString m_title;
    QString m_gapText;
    std::vector<HexSegment> m_segments;
    std::shared_ptr<const Reader> m_reader;
    struct Link; ///< to this document, from reads that may outlive it
    std::shared_ptr<Link> m_link;
};

} // namespace cryoscope::ui
