// SPDX-License-Identifier: Apache-2.0
// Forms of values and what they decode to.
#include "core/base/hash.h"
#include "core/bytes/memorysource.h"
#include "core/detect/encodings.h"
#include "core/detect/utf.h"
#include "core/detect/valuesearch.h"
#include "tests/fuzz/require.h"

using namespace cryoscope;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const auto bytes = std::span(reinterpret_cast<const std::byte *>(data), size);
    const std::string value(asText(bytes));
    for (int encoding = 0; encoding <= static_cast<int>(Encoding::Reversed); ++encoding)
        (void)decodeValue(static_cast<Encoding>(encoding), bytes);
    const auto forms = valueForms(value);
    for (const auto &[encoding, form] : forms) {
        require(!form.empty(), "forms are not empty");
        const bool core = encoding == Encoding::Base64 || encoding == Encoding::Base64Url;
        const bool plus = encoding == Encoding::Percent && form.find('+') != std::string::npos;
        // Percent and JSON leave as they are what others would escape: read back, that may be an escape.
        const bool escapes = encoding == Encoding::Percent || encoding == Encoding::JsonEscape;
        if (!core && !plus && !escapes)
            require(decodeValue(encoding, asBytes(form)) == value, "forms decode to their value");
    }
    for (const bool urlSafe : {false, true}) {
        require(decodeBase64(encodeBase64(value, urlSafe)) == value, "base64 decodes");
        for (const unsigned alignment : {0u, 1u, 2u}) {
            const std::string core = base64Core(value, alignment, urlSafe);
            const std::string around = encodeBase64(std::string(alignment, 'x') + value + "yz", urlSafe);
            require(around.find(core) != std::string::npos, "the core stands in any text");
        }
    }
    if (value.size() >= minSearchedValue && value.find_first_not_of('\0') != std::string::npos) {
        const MemorySource source("text", asBytes("..." + value + "..."));
        const SearchValue wanted{value, 7};
        const auto hits = findInSource(source, {&wanted, 1});
        require(hits.ok() && !hits->empty(), "a value is found where it stands");
    }
    return 0;
}
