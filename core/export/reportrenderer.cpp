// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportformats.h"

namespace cryoscope
{

Result<ReportFormat> parseReportFormat(std::string_view name)
{
    if (name == "markdown" || name == "md")
        return ReportFormat::Markdown;
    if (name == "html")
        return ReportFormat::Html;
    if (name == "json")
        return ReportFormat::Json;
    if (name == "sarif")
        return ReportFormat::Sarif;
    return Error{ErrorCode::Usage, "a report is \"markdown\", \"html\", \"json\" or \"sarif\"", {}, {}};
}

std::string renderReport(const ReportData &data, ReportFormat format)
{
    switch (format) {
    case ReportFormat::Json:
        return renderJson(data);
    case ReportFormat::Sarif:
        return renderSarif(data);
    case ReportFormat::Html:
        return renderHtml(data);
    case ReportFormat::Markdown:
        break;
    }
    return renderMarkdown(data);
}

} // namespace cryoscope
