// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace cryoscope::test
{

/// Counts what is allocated by new while it lives (all threads): who links cryoscope_allocationmeter gets its
/// own operator new. One at a time.
class AllocationMeter
{
public:
    AllocationMeter();

    /// Most bytes that were held at once beyond those held at the start.
    [[nodiscard]] uint64_t peak() const;
    /// Bytes of the largest single allocation.
    [[nodiscard]] uint64_t largest() const;

private:
    int64_t m_before;
};

} // namespace cryoscope::test
