// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dissectionflaw.h"

namespace cryoscope::test
{

std::string dissectionFlaw(const Dissection &dissection)
{
    std::string wrong;
    const auto complain = [&wrong](const char *what, const DissectionNode &node) {
        if (wrong.empty())
            wrong = std::string(what) + ": " + node.name + " at " + std::to_string(node.range.offset);
    };
    std::vector<uint64_t> ends;   // of the nodes around, outermost first
    std::vector<uint64_t> filled; // up to where there are nodes, by depth
    filled.push_back(0);
    const auto close = [&](size_t depth) {
        while (ends.size() > depth) {
            // What was entered must have been filled, if there was anything in it.
            if (filled.back() != ends.back() && wrong.empty())
                wrong = "nodes do not fill what ends at " + std::to_string(ends.back());
            filled.pop_back();
            ends.pop_back();
        }
    };
    const auto done = dissection.walkAll([&](const DissectionNode &node, unsigned depth) {
        close(depth);
        if (node.range.empty())
            complain("empty", node);
        if (node.name.empty())
            complain("no name", node);
        if (node.range.offset != filled.back())
            complain("gap or overlap", node);
        filled.back() = node.range.end();
        if (!ends.empty() && node.range.end() > ends.back())
            complain("reaches beyond its parent", node);
        if (node.hasParts) {
            ends.push_back(node.range.end());
            filled.push_back(node.range.offset);
        }
        return Dissection::Step::Into;
    });
    if (!done)
        return done.error().describe();
    close(0);
    if (wrong.empty() && filled.back() != dissection.size())
        return "the end is missing: " + std::to_string(filled.back()) + " of " +
               std::to_string(dissection.size());
    return wrong;
}

} // namespace cryoscope::test
