// SPDX-License-Identifier: Apache-2.0
#include "core/image/schema.h"

#include "core/image/descriptors.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <unordered_map>

namespace cryoscope
{

namespace pb = google::protobuf;

namespace
{

// Numbers of the extensions and of the fields of cryoscope.Show, see proto/cryoscope/options.proto. The
// generated classes that would know them do not exist, so they arrive as unknown fields of FieldOptions.
constexpr int showExtension = 50917;
constexpr int unreleasedExtension = 50918;
enum ShowField { ShowHex = 1, ShowIpAddress, ShowFlags, ShowDev, ShowOdev, ShowDict, ShowConv };

/// The descriptors are part of the program; if they do not fit together, the build was wrong and nothing can
/// work.
[[noreturn]] void brokenBuild(const std::string &what)
{
    std::fprintf(stderr, "cryoscope: built-in image schema: %s\n", what.c_str());
    std::abort();
}

Label toLabel(pb::FieldDescriptor::Label label)
{
    switch (label) {
    case pb::FieldDescriptor::LABEL_REQUIRED:
        return Label::Required;
    case pb::FieldDescriptor::LABEL_REPEATED:
        return Label::Repeated;
    case pb::FieldDescriptor::LABEL_OPTIONAL:
        break;
    }
    return Label::Optional;
}

Kind toKind(pb::FieldDescriptor::Type type)
{
    switch (type) {
    case pb::FieldDescriptor::TYPE_BOOL:
        return Kind::Bool;
    case pb::FieldDescriptor::TYPE_INT32:
        return Kind::Int32;
    case pb::FieldDescriptor::TYPE_INT64:
        return Kind::Int64;
    case pb::FieldDescriptor::TYPE_UINT32:
        return Kind::UInt32;
    case pb::FieldDescriptor::TYPE_UINT64:
        return Kind::UInt64;
    case pb::FieldDescriptor::TYPE_SINT32:
        return Kind::SInt32;
    case pb::FieldDescriptor::TYPE_SINT64:
        return Kind::SInt64;
    case pb::FieldDescriptor::TYPE_FIXED32:
        return Kind::Fixed32;
    case pb::FieldDescriptor::TYPE_FIXED64:
        return Kind::Fixed64;
    case pb::FieldDescriptor::TYPE_SFIXED32:
        return Kind::SFixed32;
    case pb::FieldDescriptor::TYPE_SFIXED64:
        return Kind::SFixed64;
    case pb::FieldDescriptor::TYPE_FLOAT:
        return Kind::Float;
    case pb::FieldDescriptor::TYPE_DOUBLE:
        return Kind::Double;
    case pb::FieldDescriptor::TYPE_ENUM:
        return Kind::Enum;
    case pb::FieldDescriptor::TYPE_STRING:
        return Kind::String;
    case pb::FieldDescriptor::TYPE_BYTES:
        return Kind::Bytes;
    case pb::FieldDescriptor::TYPE_MESSAGE:
        return Kind::Message;
    case pb::FieldDescriptor::TYPE_GROUP:
        break;
    }
    brokenBuild("a field is a group");
}

std::optional<int64_t> toDefault(const pb::FieldDescriptor &field)
{
    if (!field.has_default_value())
        return std::nullopt;
    switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
        return field.default_value_int32();
    case pb::FieldDescriptor::CPPTYPE_INT64:
        return field.default_value_int64();
    case pb::FieldDescriptor::CPPTYPE_UINT32:
        return field.default_value_uint32();
    case pb::FieldDescriptor::CPPTYPE_BOOL:
        return field.default_value_bool() ? 1 : 0;
    case pb::FieldDescriptor::CPPTYPE_ENUM:
        return field.default_value_enum()->number();
    default:
        brokenBuild("default of an unexpected kind: " + std::string(field.full_name()));
    }
}

void readShow(const std::string &serialized, FieldType &out)
{
    pb::UnknownFieldSet show;
    if (!show.ParseFromString(serialized))
        brokenBuild("unreadable display option");
    for (int i = 0; i < show.field_count(); ++i) {
        const pb::UnknownField &option = show.field(i);
        switch (option.number()) {
        case ShowHex:
            out.hex = option.varint() != 0;
            break;
        case ShowIpAddress:
            out.ipAddress = option.varint() != 0;
            break;
        case ShowFlags:
            out.flags = option.length_delimited();
            break;
        case ShowDev:
            out.dev = option.varint() != 0;
            break;
        case ShowOdev:
            out.odev = option.varint() != 0;
            break;
        case ShowDict:
            out.dict = option.length_delimited();
            break;
        case ShowConv:
            out.conv = option.length_delimited();
            break;
        default:
            brokenBuild("unknown display option");
        }
    }
}

void readOptions(const pb::FieldDescriptor &field, FieldType &out)
{
    const pb::FieldOptions &options = field.options();
    const pb::UnknownFieldSet &unknown = options.GetReflection()->GetUnknownFields(options);
    for (int i = 0; i < unknown.field_count(); ++i) {
        const pb::UnknownField &option = unknown.field(i);
        if (option.number() == showExtension)
            readShow(option.length_delimited(), out);
        else if (option.number() == unreleasedExtension)
            out.unreleased = option.varint() != 0;
    }
}

/// The comment before a declaration, its lines joined to one paragraph.
template <class Descriptor> std::string documentationOf(const Descriptor &descriptor)
{
    pb::SourceLocation location;
    if (!descriptor.GetSourceLocation(&location))
        return {};
    std::string text;
    text.reserve(location.leading_comments.size());
    for (const char c : location.leading_comments) {
        const char shown = c == '\n' ? ' ' : c;
        if (shown != ' ' || (!text.empty() && text.back() != ' '))
            text.push_back(shown);
    }
    while (!text.empty() && text.back() == ' ')
        text.pop_back();
    return text;
}

template <class Type> const Type *findByName(const std::vector<const Type *> &types, std::string_view name)
{
    const auto found =
        std::lower_bound(types.begin(), types.end(), name,
                         [](const Type *type, std::string_view wanted) { return type->name < wanted; });
    return found != types.end() && (*found)->name == name ? *found : nullptr;
}

} // namespace

std::string_view EnumType::nameOf(int32_t number) const
{
    for (const auto &[value, valueName] : values) {
        if (value == number)
            return valueName;
    }
    return {};
}

std::optional<int32_t> EnumType::numberOf(std::string_view valueName) const
{
    for (const auto &[value, candidate] : values) {
        if (candidate == valueName)
            return value;
    }
    return std::nullopt;
}

const FieldType *MessageType::field(uint32_t number) const
{
    // Nearly all messages number their fields 1, 2, 3…, so the place is tried before it is searched.
    if (number - 1 < fields.size() && fields[number - 1].number == number)
        return &fields[number - 1];
    const auto found =
        std::lower_bound(fields.begin(), fields.end(), number,
                         [](const FieldType &field, uint32_t wanted) { return field.number < wanted; });
    return found != fields.end() && found->number == number ? &*found : nullptr;
}

const FieldType *MessageType::field(std::string_view fieldName) const
{
    const auto found = std::lower_bound(
        m_byName.begin(), m_byName.end(), fieldName,
        [this](uint32_t index, std::string_view wanted) { return fields[index].name < wanted; });
    return found != m_byName.end() && fields[*found].name == fieldName ? &fields[*found] : nullptr;
}

/// Turns the descriptors of a pool into the plain types of one Schema.
class SchemaBuilder
{
public:
    std::shared_ptr<const Schema> build()
    {
        const std::span<const unsigned char> embedded = embeddedDescriptors();
        pb::FileDescriptorSet set;
        if (!set.ParseFromArray(embedded.data(), static_cast<int>(embedded.size())))
            brokenBuild("unreadable descriptors");

        pb::DescriptorPool pool;
        std::vector<const pb::FileDescriptor *> imageFiles;
        for (const pb::FileDescriptorProto &file : set.file()) {
            const pb::FileDescriptor *built = pool.BuildFile(file);
            if (built == nullptr)
                brokenBuild("descriptors do not fit together in " + file.name());
            if (file.name().starts_with(imagePrefix))
                imageFiles.push_back(built);
        }

        // First all types, so that fields can point to messages of later files and to their own.
        for (const pb::FileDescriptor *file : imageFiles) {
            for (int i = 0; i < file->enum_type_count(); ++i)
                addEnum(*file->enum_type(i));
            for (int i = 0; i < file->message_type_count(); ++i)
                addMessage(*file->message_type(i));
        }
        for (const auto &[descriptor, message] : m_messages)
            fill(*descriptor, *message);
        finish();
        return std::move(m_schema);
    }

private:
    static constexpr std::string_view imagePrefix = "criu/";

    void addEnum(const pb::EnumDescriptor &descriptor)
    {
        auto type = std::make_unique<EnumType>();
        type->name = descriptor.full_name();
        for (int i = 0; i < descriptor.value_count(); ++i)
            type->values.emplace_back(descriptor.value(i)->number(), descriptor.value(i)->name());
        m_enums.emplace(&descriptor, type.get());
        m_schema->m_ownedEnums.push_back(std::move(type));
    }

    void addMessage(const pb::Descriptor &descriptor)
    {
        auto type = std::make_unique<MessageType>();
        type->name = descriptor.full_name();
        type->file = descriptor.file()->name().substr(imagePrefix.size());
        type->documentation = documentationOf(descriptor);
        m_messages.emplace(&descriptor, type.get());
        m_schema->m_ownedMessages.push_back(std::move(type));
        for (int i = 0; i < descriptor.enum_type_count(); ++i)
            addEnum(*descriptor.enum_type(i));
        for (int i = 0; i < descriptor.nested_type_count(); ++i)
            addMessage(*descriptor.nested_type(i));
    }

    void fill(const pb::Descriptor &descriptor, MessageType &message)
    {
        message.fields.reserve(static_cast<size_t>(descriptor.field_count()));
        for (int i = 0; i < descriptor.field_count(); ++i) {
            const pb::FieldDescriptor &source = *descriptor.field(i);
            FieldType field;
            field.number = static_cast<uint32_t>(source.number());
            field.name = source.name();
            field.label = toLabel(source.label());
            field.kind = toKind(source.type());
            if (field.kind == Kind::Message)
                field.message = m_messages.at(source.message_type());
            if (field.kind == Kind::Enum)
                field.enumType = m_enums.at(source.enum_type());
            field.packed = source.is_packed();
            field.defaultValue = toDefault(source);
            field.documentation = documentationOf(source);
            readOptions(source, field);
            message.fields.push_back(std::move(field));
        }
        std::sort(message.fields.begin(), message.fields.end(),
                  [](const FieldType &a, const FieldType &b) { return a.number < b.number; });
        message.m_byName.resize(message.fields.size());
        std::iota(message.m_byName.begin(), message.m_byName.end(), 0U);
        std::sort(message.m_byName.begin(), message.m_byName.end(), [&message](uint32_t a, uint32_t b) {
            return message.fields[a].name < message.fields[b].name;
        });
    }

    void finish()
    {
        const auto byName = [](const auto *a, const auto *b) { return a->name < b->name; };
        for (const auto &message : m_schema->m_ownedMessages)
            m_schema->m_messages.push_back(message.get());
        for (const auto &type : m_schema->m_ownedEnums)
            m_schema->m_enums.push_back(type.get());
        std::sort(m_schema->m_messages.begin(), m_schema->m_messages.end(), byName);
        std::sort(m_schema->m_enums.begin(), m_schema->m_enums.end(), byName);
    }

    std::shared_ptr<Schema> m_schema{new Schema};
    std::unordered_map<const pb::Descriptor *, MessageType *> m_messages;
    std::unordered_map<const pb::EnumDescriptor *, const EnumType *> m_enums;
};

std::shared_ptr<const Schema> Schema::load()
{
    static const std::shared_ptr<const Schema> schema = SchemaBuilder().build();
    return schema;
}

Schema::~Schema() = default;

const MessageType *Schema::message(std::string_view name) const
{
    return findByName(m_messages, name);
}

const EnumType *Schema::enumType(std::string_view name) const
{
    return findByName(m_enums, name);
}

} // namespace cryoscope
