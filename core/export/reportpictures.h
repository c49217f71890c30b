// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/reportdata.h"

#include <string>
#include <vector>

namespace cryoscope
{

// Pictures of a report, as SVG within HTML. Kinds are told by colour (Okabe and Ito's, which those see who
// are blind to some) and by a letter, marks by colour and pattern; each area and each mark has a title.

/// The patterns that the others use; once in a page, before them.
[[nodiscard]] std::string reportPatterns();
/// What the colours, letters and patterns of taskPicture() mean.
[[nodiscard]] std::string areaLegend();
/// What the patterns of membersPicture() mean.
[[nodiscard]] std::string markLegend();
/// The areas of a process in address order, gaps folded, in as many rows as it takes.
[[nodiscard]] std::string taskPicture(const ReportTask &task);
/// A bar for each member, with its marks.
[[nodiscard]] std::string membersPicture(const std::vector<ReportMember> &members);

/// "1.5 MiB".
[[nodiscard]] std::string roundedBytes(uint64_t bytes);

} // namespace cryoscope
