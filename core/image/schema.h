// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cryoscope
{

struct MessageType;
struct EnumType;

/// How often a field may stand in a message. Fields of the images are never oneofs or maps.
enum class Label : uint8_t { Optional, Required, Repeated };

/// The declared type of a field, which says how its wire value is read (signed, zigzag, fixed width, text).
enum class Kind : uint8_t {
    Bool,
    Int32,
    Int64,
    UInt32,
    UInt64,
    SInt32,
    SInt64,
    Fixed32,
    Fixed64,
    SFixed32,
    SFixed64,
    Float,
    Double,
    Enum,
    String,
    Bytes,
    Message
};

/// One field of a message. Plain data, owned by the Schema; the display options say how crit prints the
/// value.
struct FieldType {
    uint32_t number = 0; ///< as on the wire, from 1
    std::string name;
    Label label = Label::Optional;
    Kind kind = Kind::UInt32;
    const MessageType *message = nullptr; ///< of Kind::Message, else null; owned by the same Schema
    const EnumType *enumType = nullptr;   ///< of Kind::Enum, else null; owned by the same Schema
    bool packed = false;                  ///< writers pack the elements; readers take both forms
    bool unreleased = false; ///< in no released CRIU (up to 4.2.1), so crit 4.2.1 does not know it
    bool hex = false;        ///< number shown in hexadecimal; of a message: all numbers in it
    bool ipAddress = false;  ///< words of an IP address, each in network byte order
    bool dev = false;        ///< device number as the kernel holds it (major << 20 | minor)
    bool odev = false;       ///< device number as user space holds it (makedev)
    std::string flags;       ///< name of crit's table of flag bits, e.g. "mmap.prot"; empty: none
    std::string dict;        ///< name of crit's table of numbers, e.g. "sk"; empty: none
    std::string conv;        ///< name of crit's own conversion, e.g. "unix_name"; empty: none
    std::optional<int64_t>
        defaultValue;          ///< declared default of an integer, bool (0, 1) or enum field (its number)
    std::string documentation; ///< what the field means, in one or two sentences, for tooltips

    [[nodiscard]] bool repeated() const { return label == Label::Repeated; }
};

/// An enum and the names of its values.
struct EnumType {
    std::string name; ///< with the enclosing message if nested: "core_entry.march"
    std::vector<std::pair<int32_t, std::string>> values; ///< in declared order

    /// The name of `number`, or empty if it has none.
    [[nodiscard]] std::string_view nameOf(int32_t number) const;
    /// The number of the value called `valueName`, if there is one.
    [[nodiscard]] std::optional<int32_t> numberOf(std::string_view valueName) const;
};

/// A message and its fields.
struct MessageType {
    std::string name;              ///< as CRIU calls it, e.g. "vma_entry"
    std::string file;              ///< where it is declared, e.g. "vma.proto"
    std::string documentation;     ///< what one such message stands for
    std::vector<FieldType> fields; ///< ascending by number

    /// The field with this number, or null: it is not in the schema. Constant time for nearly all messages.
    [[nodiscard]] const FieldType *field(uint32_t number) const;
    /// The field with this name, or null. Logarithmic.
    [[nodiscard]] const FieldType *field(std::string_view fieldName) const;

private:
    friend class SchemaBuilder;
    std::vector<uint32_t> m_byName; ///< indexes into `fields`, ordered by name
};

/// All messages that can stand in CRIU's images (and in its RPC protocol), compiled from proto/ and built
/// into the program. Immutable after load(), so any number of threads may use it; pointers to types live as
/// long as the Schema.
class Schema
{
public:
    /// The types of the descriptors in the program, built by the first call (some milliseconds, no file is
    /// read); each call gives the same object. Thread-safe. Never null: descriptors that do not fit together
    /// cannot be built into the program.
    [[nodiscard]] static std::shared_ptr<const Schema> load();

    ~Schema();
    Schema(const Schema &) = delete;
    Schema &operator=(const Schema &) = delete;

    /// The message called `name`, e.g. "vma_entry", or null.
    [[nodiscard]] const MessageType *message(std::string_view name) const;
    /// The enum called `name`, e.g. "fd_types" or "core_entry.march", or null.
    [[nodiscard]] const EnumType *enumType(std::string_view name) const;
    /// All messages, ordered by name.
    [[nodiscard]] const std::vector<const MessageType *> &messages() const { return m_messages; }
    /// All enums, ordered by name.
    [[nodiscard]] const std::vector<const EnumType *> &enums() const { return m_enums; }

private:
    friend class SchemaBuilder;
    Schema() = default;

    std::vector<std::unique_ptr<MessageType>> m_ownedMessages;
    std::vector<std::unique_ptr<EnumType>> m_ownedEnums;
    std::vector<const MessageType *> m_messages;
    std::vector<const EnumType *> m_enums;
};

} // namespace cryoscope
