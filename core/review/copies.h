// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/valuesearch.h"
#include "core/review/case.h"

namespace cryoscope
{

/// All places where the values of accepted findings stand (the given findings themselves included), and what
/// follows from them (the numbers of a private key, the key of an expanded AES key: derivedvalues.h), in
/// every encoding, and what remains of them (SearchValue::remains), as findings ready for
/// Case::acceptExtents. Values are read from the evidence and dropped at the end. Values shorter than
/// minSearchedValue are left out and counted in `tooShort`.
struct CopySearch {
    std::vector<Finding> found;
    uint64_t tooShort = 0;
    uint64_t remains =
        0; ///< of `found`: long beginnings or ends of values, whose rest is not there (rule "copy-remains")
    std::vector<uint64_t> places; ///< of findCopiesOf: how often each value was found, in the order given
};
Result<CopySearch> findCopies(const Memory &memory, std::span<const CaseFinding> accepted,
                              Progress *progress = nullptr, std::stop_token stop = {});

/// The same for values that the caller has (a value file: one value per line).
Result<CopySearch> findCopiesOf(const Memory &memory, std::span<const std::string> values,
                                Progress *progress = nullptr, std::stop_token stop = {});

/// The decoded values of the accepted ones among `findings`, read from the evidence, and what follows from
/// them, without repeats. The caller drops them as soon as it can.
Result<std::vector<std::string>> acceptedValues(const Archive &archive,
                                                std::span<const CaseFinding> findings);

} // namespace cryoscope
