// SPDX-License-Identifier: Apache-2.0
#include "core/image/jsonvalue.h"

namespace cryoscope
{

const JsonValue *JsonValue::find(std::string_view name) const
{
    for (auto member = members.rbegin(); member != members.rend(); ++member) {
        if (member->first == name)
            return &member->second;
    }
    return nullptr;
}

Result<JsonValue> JsonValue::read(JsonReader &reader, JsonReader::Token first)
{
    using Token = JsonReader::Token;
    JsonValue value;
    value.begin = reader.begin();
    switch (first) {
    case Token::String:
        value.type = Type::String;
        value.text = reader.text();
        return value;
    case Token::Number:
        value.type = Type::Number;
        value.text = reader.raw();
        return value;
    case Token::True:
    case Token::False:
        value.type = Type::Bool;
        value.boolean = first == Token::True;
        return value;
    case Token::BeginArray:
    case Token::BeginObject:
        break;
    default:
        return value;
    }
    value.type = first == Token::BeginArray ? Type::Array : Type::Object;
    for (;;) {
        auto token = reader.next();
        if (!token)
            return token.error();
        if (*token == Token::EndArray || *token == Token::EndObject)
            return value;
        std::string name;
        if (*token == Token::Name) {
            name = reader.text();
            token = reader.next();
            if (!token)
                return token.error();
        }
        auto inner = read(reader, *token);
        if (!inner)
            return inner;
        if (value.type == Type::Array)
            value.items.push_back(std::move(*inner));
        else
            value.members.emplace_back(std::move(name), std::move(*inner));
    }
}

} // namespace cryoscope
