// SPDX-License-Identifier: Apache-2.0
// The compiled schema against tables of CRIU's messages: field by field, in both directions.
#include "core/image/schema.h"
#include "tests/program/testprogram.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tst_schema
{

using namespace cryoscope;

namespace
{

/// A line of a table by the names of its columns.
using Row = std::map<std::string, std::string>;

std::vector<std::string> split(const std::string &line)
{
    std::vector<std::string> cells{std::string()};
    for (const char c : line) {
        if (c == '\t')
            cells.emplace_back();
        else
            cells.back().push_back(c);
    }
    return cells;
}

std::vector<Row> readTable(const char *name)
{
    std::ifstream file(std::string(CRYOSCOPE_TEST_DATA "/") + name);
    std::string line;
    std::getline(file, line);
    const std::vector<std::string> columns = split(line);
    std::vector<Row> rows;
    while (std::getline(file, line)) {
        const std::vector<std::string> cells = split(line);
        Row row;
        for (size_t i = 0; i < columns.size(); ++i)
            row[columns[i]] = i < cells.size() ? cells[i] : std::string();
        rows.push_back(std::move(row));
    }
    return rows;
}

/// The fields of all images. opts.proto only declares CRIU's own field options, in whose place there are
/// ours.
std::vector<Row> imageFields()
{
    std::vector<Row> rows = readTable("criu-schema.tsv");
    std::erase_if(rows, [](const Row &row) { return row.at("proto") == "opts.proto"; });
    return rows;
}

const char *kindName(Kind kind)
{
    switch (kind) {
    case Kind::Bool:
        return "bool";
    case Kind::Int32:
        return "int32";
    case Kind::Int64:
        return "int64";
    case Kind::UInt32:
        return "uint32";
    case Kind::UInt64:
        return "uint64";
    case Kind::SInt32:
        return "sint32";
    case Kind::SInt64:
        return "sint64";
    case Kind::Fixed32:
        return "fixed32";
    case Kind::Fixed64:
        return "fixed64";
    case Kind::SFixed32:
        return "sfixed32";
    case Kind::SFixed64:
        return "sfixed64";
    case Kind::Float:
        return "float";
    case Kind::Double:
        return "double";
    case Kind::Enum:
        return "enum";
    case Kind::String:
        return "string";
    case Kind::Bytes:
        return "bytes";
    case Kind::Message:
        return "message";
    }
    return "";
}

const char *labelName(Label label)
{
    switch (label) {
    case Label::Optional:
        return "optional";
    case Label::Required:
        return "required";
    case Label::Repeated:
        return "repeated";
    }
    return "";
}

/// The default as a .proto file would write it; empty for none.
std::string defaultText(const FieldType &field)
{
    if (!field.defaultValue)
        return {};
    if (field.kind == Kind::Bool)
        return *field.defaultValue != 0 ? "true" : "false";
    if (field.kind == Kind::Enum)
        return std::string(field.enumType->nameOf(static_cast<int32_t>(*field.defaultValue)));
    return std::to_string(*field.defaultValue);
}

/// The line of the table that this field should have.
Row toRow(const MessageType &message, const FieldType &field)
{
    const auto mark = [](bool set) { return std::string(set ? "true" : ""); };
    Row row;
    row["proto"] = message.file;
    row["message"] = message.name;
    row["number"] = std::to_string(field.number);
    row["label"] = labelName(field.label);
    row["kind"] = field.kind == Kind::Message ? "message" : field.kind == Kind::Enum ? "enum" : "scalar";
    row["type"] = field.kind == Kind::Message ? field.message->name
                  : field.kind == Kind::Enum  ? field.enumType->name
                                              : kindName(field.kind);
    row["field"] = field.name;
    row["default"] = defaultText(field);
    row["packed"] = mark(field.packed);
    row["hex"] = mark(field.hex);
    row["ipadd"] = mark(field.ipAddress);
    row["flags"] = field.flags;
    row["dev"] = mark(field.dev);
    row["odev"] = mark(field.odev);
    row["dict"] = field.dict;
    row["conv"] = field.conv;
    return row;
}

} // namespace

class TestSchema : public QObject
{
    Q_OBJECT

private:
    std::shared_ptr<const Schema> m_schema;

    void compare(const std::vector<Row> &rows, bool unreleased)
    {
        for (const Row &row : rows) {
            const std::string where = row.at("message") + "." + row.at("field");
            const MessageType *message = m_schema->message(row.at("message"));
            QVERIFY2(message != nullptr, where.c_str());
            const FieldType *field = message->field(static_cast<uint32_t>(std::stoul(row.at("number"))));
            QVERIFY2(field != nullptr, where.c_str());
            const Row actual = toRow(*message, *field);
            for (const auto &[column, expected] : row) {
                QVERIFY2(actual.at(column) == expected,
                         (where + ": " + column + " is '" + actual.at(column) + "', not '" + expected + "'")
                             .c_str());
            }
            QVERIFY2(field->unreleased == unreleased, where.c_str());
        }
    }

private Q_SLOTS:
    void initTestCase() { m_schema = Schema::load(); }

    void hasEveryReleasedField()
    {
        const std::vector<Row> rows = imageFields();
        QCOMPARE(rows.size(), size_t(1154));
        compare(rows, false);
    }

    void hasEveryUnreleasedFieldAndSaysSo()
    {
        const std::vector<Row> rows = readTable("criu-schema-next.tsv");
        QCOMPARE(rows.size(), size_t(22));
        compare(rows, true);
    }

    void hasThePluginsMessages()
    {
        const std::vector<Row> rows = readTable("criu-schema-plugins.tsv");
        QCOMPARE(rows.size(), size_t(68));
        compare(rows, false);
    }

    void hasNothingElse()
    {
        std::set<std::string> known;
        std::set<std::string> knownMessages;
        for (const std::vector<Row> &rows : {imageFields(), readTable("criu-schema-next.tsv"), readTable("criu-schema-plugins.tsv")}) {
            for (const Row &row : rows) {
                known.insert(row.at("message") + "." + row.at("field"));
                knownMessages.insert(row.at("message"));
            }
        }
        size_t count = 0;
        for (const MessageType *message : m_schema->messages()) {
            QVERIFY2(knownMessages.contains(message->name), message->name.c_str());
            for (const FieldType &field : message->fields) {
                const std::string where = message->name + "." + field.name;
                QVERIFY2(known.contains(where), where.c_str());
                ++count;
            }
        }
        QCOMPARE(count, known.size());
        QCOMPARE(m_schema->messages().size(), knownMessages.size());
    }

    void hasEveryEnumValueAndNoOther()
    {
        std::map<std::string, std::map<std::string, int32_t>> expected;
        for (const Row &row : readTable("criu-enums.tsv"))
            expected[row.at("enum")][row.at("value")] = std::stoi(row.at("number"));
        QCOMPARE(expected.size(), size_t(19));
        // Unreleased, so the table of released enums does not have it.
        expected["criu_image_io_mode"] = {{"IMAGE_IO_WRITEBACK", 0}, {"IMAGE_IO_DIRECT", 1}};

        for (const EnumType *type : m_schema->enums()) {
            QVERIFY2(expected.contains(type->name), type->name.c_str());
            std::map<std::string, int32_t> actual;
            for (const auto &[number, name] : type->values)
                actual[name] = number;
            QVERIFY2(actual == expected.at(type->name), type->name.c_str());
        }
        QCOMPARE(m_schema->enums().size(), expected.size());
    }

    void namesEnumValues()
    {
        const EnumType *types = m_schema->enumType("fd_types");
        QVERIFY(types != nullptr);
        QVERIFY(types->nameOf(11) == "TTY");
        QVERIFY(types->nameOf(65534) == "CTL_TTY");
        QVERIFY(types->nameOf(77).empty());
        QVERIFY(types->nameOf(-1).empty());
        QCOMPARE(types->numberOf("MEMFD").value_or(-1), 18);
        QVERIFY(!types->numberOf("memfd").has_value());
        QVERIFY(m_schema->enumType("core_entry.march") ==
                m_schema->message("core_entry")->field("mtype")->enumType);
        QVERIFY(m_schema->enumType("march") == nullptr);
    }

    void findsFieldsByNumberAndName()
    {
        for (const MessageType *message : m_schema->messages()) {
            for (size_t i = 0; i < message->fields.size(); ++i) {
                const FieldType &field = message->fields[i];
                QVERIFY2(i == 0 || message->fields[i - 1].number < field.number, message->name.c_str());
                QVERIFY2(message->field(field.number) == &field, field.name.c_str());
                QVERIFY2(message->field(field.name) == &field, field.name.c_str());
            }
            QVERIFY(message->field(0U) == nullptr);
            QVERIFY(message->field(std::numeric_limits<uint32_t>::max()) == nullptr);
            QVERIFY(message->field("") == nullptr);
            QVERIFY(message->field("no_such_field") == nullptr);
        }
        // Messages with gaps: the number is not the place.
        const MessageType *regular = m_schema->message("reg_file_entry");
        QVERIFY(regular->field(4U) == nullptr);
        QVERIFY(regular->field(5U)->name == "fown");
        const MessageType *packet = m_schema->message("sk_packet_entry");
        QVERIFY(packet->field(3U) == nullptr);
        QVERIFY(packet->field(128U)->name == "ucred");
    }

    void doesNotFindWhatIsNotThere()
    {
        QVERIFY(m_schema->message("") == nullptr);
        QVERIFY(m_schema->message("vma") == nullptr);
        QVERIFY(m_schema->message("vma_entry2") == nullptr);
        QVERIFY(m_schema->message("cryoscope.Show") == nullptr);
        QVERIFY(m_schema->message("google.protobuf.FieldOptions") == nullptr);
        QVERIFY(m_schema->enumType("fd_typ") == nullptr);
    }

    void pointsIntoItself()
    {
        for (const MessageType *message : m_schema->messages()) {
            for (const FieldType &field : message->fields) {
                QCOMPARE(field.message != nullptr, field.kind == Kind::Message);
                QCOMPARE(field.enumType != nullptr, field.kind == Kind::Enum);
                if (field.message != nullptr)
                    QVERIFY(m_schema->message(field.message->name) == field.message);
                if (field.enumType != nullptr)
                    QVERIFY(m_schema->enumType(field.enumType->name) == field.enumType);
            }
        }
        const MessageType *directory = m_schema->message("cgroup_dir_entry");
        QVERIFY(directory->field("children")->message == directory);
    }

    void isBuiltOnce()
    {
        QVERIFY(Schema::load() == m_schema);
        std::vector<std::shared_ptr<const Schema>> seen(4);
        {
            std::vector<std::jthread> threads;
            for (auto &schema : seen)
                threads.emplace_back([&schema] { schema = Schema::load(); });
        }
        for (const auto &schema : seen)
            QVERIFY(schema == m_schema);
    }

    void explainsEveryMessageAndField()
    {
        for (const MessageType *message : m_schema->messages()) {
            QVERIFY2(!message->documentation.empty(), message->name.c_str());
            for (const FieldType &field : message->fields) {
                const std::string where = message->name + "." + field.name;
                QVERIFY2(field.documentation.size() > 2 && field.documentation.back() == '.', where.c_str());
                QVERIFY2(field.documentation.find('\n') == std::string::npos, where.c_str());
                QVERIFY2(field.documentation.starts_with("Unreleased. ") == field.unreleased, where.c_str());
            }
        }
        QVERIFY(m_schema->message("vma_entry")->field("prot")->documentation ==
                "Access: 1 read, 2 write, 4 execute.");
    }
};

CRYOSCOPE_TEST(TestSchema)

} // namespace tst_schema

#include "tst_schema.moc"
