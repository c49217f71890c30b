// SPDX-License-Identifier: Apache-2.0
// Names of variables, options and fields that say that their value is secret.
#include "core/detect/confirm.h"

#include <algorithm>
#include <array>
#include <string>

namespace cryoscope
{

namespace
{

constexpr size_t maxSecretName = 64;

/// Endings that name something about a secret, or where it is.
constexpr std::array<std::string_view, 46> harmlessEnds{
    "_file",     "_path",      "_dir",     "_url",    "_uri",      "_name",    "_type",   "_len",
    "_length",   "_size",      "_count",   "_id",     "_ids",      "_prompt",  "_policy", "_expiry",
    "_ttl",      "_format",    "_field",   "_label",  "_min",      "_max",     "_env",    "_enabled",
    "_alg",      "_algorithm", "_sock",    "_method", "_required", "_expires", "_class",  "_provider",
    "_endpoint", "_header",    "_version", "_limit",  "_usage",    "_index",   "_pos",    "_position",
    "_regex",    "_pattern",   "_mode",    "_scope",  "_age",      "_reset"};
/// Words of names that are about keys and tokens of other kinds.
constexpr std::array<std::string_view, 22> harmlessWords{
    "public",     "primary_key", "foreign_key", "cache_key",  "sort_key",     "partition_key",
    "object_key", "host_key",    "hostkey",     "lookup_key", "registry_key", "dict_key",
    "group_key",  "keyboard",    "keymap",      "keyword",    "tokenizer",    "tokenize",
    "max_token",  "num_token",   "key_id",      "keyid"};
constexpr std::array<std::string_view, 5> knownNames{"ssh_auth_sock", "gpg_key", "xauthority", "pwd",
                                                     "oldpwd"};
constexpr std::array<std::string_view, 10> secretWords{"token",      "secret",  "passw",    "passphrase",
                                                       "credential", "apikey",  "passcode", "sessionid",
                                                       "session_id", "contrase"};
/// Short ones count only as words of their own: "DB_KEY", "ADMIN_PASS".
constexpr std::array<std::string_view, 7> wholeWords{"key", "pass", "pwd", "auth", "dsn", "pw", "cred"};

} // namespace

bool isSecretName(std::string_view name)
{
    while (name.starts_with('-'))
        name.remove_prefix(1);
    if (name.empty() || name.size() > maxSecretName)
        return false;
    // "dbPassword" and "db-password" are "db_password".
    std::string flat;
    for (size_t i = 0; i < name.size(); ++i) {
        if (i > 0 && isUpper(name[i]) && isLower(name[i - 1]))
            flat += '_';
        flat += name[i] == '-' || name[i] == '.' ? '_' : lowerChar(name[i]);
    }
    const bool session = flat.ends_with("session_id") || flat.ends_with("sessionid");
    const auto has = [&flat](std::string_view word) { return flat.find(word) != std::string::npos; };
    if (!session && std::any_of(harmlessEnds.begin(), harmlessEnds.end(),
                                [&flat](std::string_view end) { return flat.ends_with(end); }))
        return false;
    if (std::any_of(harmlessWords.begin(), harmlessWords.end(), has) ||
        std::find(knownNames.begin(), knownNames.end(), flat) != knownNames.end())
        return false;
    if (std::any_of(secretWords.begin(), secretWords.end(), has))
        return true;
    for (size_t begin = 0; begin <= flat.size();) {
        const size_t end = std::min(flat.find('_', begin), flat.size());
        const auto part = std::string_view(flat).substr(begin, end - begin);
        if (std::find(wholeWords.begin(), wholeWords.end(), part) != wholeWords.end())
            return flat != "key" && flat != "pw" && flat != "auth";
        begin = end + 1;
    }
    return flat.ends_with("pass") || flat.ends_with("pwd") || flat.ends_with("apikey");
}

} // namespace cryoscope
