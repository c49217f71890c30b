// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Takes text as it is made.
using TextSink = std::function<void(std::string_view)>;

/// Writes JSON the way Python's json.dumps does, as text for a sink, so that the whole need not fit in
/// memory: on one line with ", " and ": ", or indented by 4. All output is ASCII.
class JsonWriter
{
public:
    JsonWriter(TextSink sink, bool indented) : m_sink(std::move(sink)), m_indented(indented) {}
    JsonWriter(const JsonWriter &) = delete;
    JsonWriter &operator=(const JsonWriter &) = delete;

    void beginObject() { begin('{'); }
    void endObject() { end('}'); }
    void beginArray() { begin('['); }
    void endArray() { end(']'); }
    void key(std::string_view name);

    void number(uint64_t value);
    void number(int64_t value);
    void real(double value);
    void boolean(bool value);
    /// `bytes` as UTF-8. A byte 0xNN that is not part of valid UTF-8 becomes the escape \udcNN (a lone
    /// surrogate, which no valid text has; Python calls it "surrogateescape"), so that nothing is lost and
    /// all can be turned back.
    void string(std::string_view bytes);

    /// A string made of pieces: beginString(), any number of stringPiece() (ASCII), endString().
    void beginString();
    void stringPiece(std::string_view ascii);
    void endString();

    /// Hands on what is still buffered. To be called at the end.
    void flush();

private:
    void begin(char bracket);
    void end(char bracket);
    /// Separator and indentation before a value or key.
    void separate();
    void newLine();
    void append(std::string_view text);
    void escaped(std::string_view bytes);

    TextSink m_sink;
    bool m_indented;
    bool m_afterKey = false;
    std::vector<bool> m_hasElements; ///< of each open object or array
    std::string m_buffer;
};

} // namespace cryoscope
