// SPDX-License-Identifier: Apache-2.0
#include "core/review/decision.h"

namespace cryoscope
{

std::string decisionName(Decision decision)
{
    switch (decision) {
    case Decision::Undecided:
        return "undecided";
    case Decision::Accepted:
        return "accepted";
    case Decision::Rejected:
        return "rejected";
    }
    return "undecided";
}

std::string reasonName(Reason reason)
{
    switch (reason) {
    case Reason::None:
        return {};
    case Reason::NotASecret:
        return "not a secret";
    case Reason::TestData:
        return "test data";
    case Reason::Public:
        return "public";
    case Reason::NeededForDebugging:
        return "needed for debugging";
    case Reason::Other:
        return "other";
    }
    return {};
}

} // namespace cryoscope
