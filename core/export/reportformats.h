// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/reportdata.h"

#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Headings, lines, tables and pictures; the two forms for people differ in nothing else.
class ReportPage
{
public:
    virtual ~ReportPage() = default;
    virtual void heading(int level, std::string_view text) = 0;
    virtual void line(std::string_view text) = 0;
    virtual void item(std::string_view text) = 0;
    virtual void table(const std::vector<std::string> &head,
                       const std::vector<std::vector<std::string>> &rows) = 0;
    /// Whether picture() shows anything.
    [[nodiscard]] virtual bool hasPictures() const = 0;
    /// SVG or HTML that is escaped already.
    virtual void picture(std::string_view markup) = 0;
    [[nodiscard]] virtual std::string finish() = 0;
};

/// Writes the report for people.
[[nodiscard]] std::string renderPage(const ReportData &data, ReportPage &page);

[[nodiscard]] std::string renderMarkdown(const ReportData &data);
/// Self-contained, without scripts, in light and dark.
[[nodiscard]] std::string renderHtml(const ReportData &data);
[[nodiscard]] std::string renderJson(const ReportData &data);
/// SARIF 2.1.0. Rejected findings are results with an accepted suppression, as its section 3.35 has it.
[[nodiscard]] std::string renderSarif(const ReportData &data);

/// Text of HTML and of attributes: no markup is left in it.
[[nodiscard]] std::string escapedHtml(std::string_view text);

} // namespace cryoscope
