// SPDX-License-Identifier: Apache-2.0
// decode, encode: images as crit's JSON, and back.
#include "app/cli/commands.h"
#include "app/cli/imageargument.h"

#include "core/bytes/filesource.h"
#include "core/image/critencode.h"
#include "core/image/critjson.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <iterator>
#include <unistd.h>

namespace cryoscope::cli
{

namespace
{

void addDecode(CLI::App &app, Action &action)
{
    auto *command = app.add_subcommand("decode", "An image as JSON, as crit decode prints it");
    struct Options {
        std::string file;
        bool pretty = false;
        bool nopl = false;
        bool asCrit = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("FILE", options->file, "Image file, or CHECKPOINT!MEMBER")->required();
    command->add_flag("--pretty", options->pretty, "Indented, numbers in words");
    command->add_flag("--nopl", options->nopl, "Sizes instead of payloads");
    command->add_flag(
        "--as-crit", options->asCrit,
        "Exactly what crit 4.2.1 prints, with its faults, also where encode could not make the image "
        "of it again");
    command->callback([options, &action] {
        action = [options](Context &context) {
            const auto argument = openImageArgument(context, options->file);
            if (!argument)
                return context.fail(argument.error());
            CritOptions json;
            json.pretty = options->pretty;
            json.nopl = options->nopl;
            json.asCrit = options->asCrit;
            json.carry = !options->asCrit;
            const auto done =
                critDecode(argument->image, json, [](std::string_view text) { std::cout << text; });
            std::cout << "\n";
            return done ? static_cast<int>(Done) : context.fail(done.error());
        };
    });
}

/// A new file, only for its owner; taken away again if it does not become whole.
class NewFile
{
public:
    ~NewFile()
    {
        if (m_descriptor < 0)
            return;
        close(m_descriptor);
        if (!m_kept)
            unlink(m_path.c_str());
    }
    Result<void> create(const std::string &path)
    {
        m_path = path;
        m_descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (m_descriptor >= 0)
            return {};
        return Error{errno == EEXIST ? ErrorCode::OutputExists : ErrorCode::OutputUnwritable,
                     errno == EEXIST ? "is there already" : std::strerror(errno), path, std::nullopt};
    }
    Result<void> write(std::span<const std::byte> bytes) const
    {
        while (!bytes.empty()) {
            const ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return Error{ErrorCode::OutputUnwritable, std::strerror(errno), m_path, std::nullopt};
            bytes = bytes.subspan(static_cast<size_t>(written));
        }
        return {};
    }
    void keep() { m_kept = true; }

private:
    std::string m_path;
    int m_descriptor = -1;
    bool m_kept = false;
};

/// The text of a file, or of standard input ("-").
Result<std::string> readText(const std::string &name)
{
    constexpr uint64_t limit = uint64_t{64} << 30; // bytes
    if (name == "-")
        return std::string(std::istreambuf_iterator<char>(std::cin), {});
    const auto file = FileSource::open(name);
    if (!file)
        return file.error();
    if ((*file)->size() > limit)
        return Error{ErrorCode::Unsupported, "is longer than 64 GiB", name, std::nullopt};
    std::string text(static_cast<size_t>((*file)->size()), '\0');
    if (auto done = (*file)->read(0, std::as_writable_bytes(std::span(text.data(), text.size()))); !done)
        return done.error();
    return text;
}

struct EncodeOptions {
    std::string json;
    std::string output;
    std::string like;
};

int encode(Context &context, const EncodeOptions &options)
{
    const auto text = readText(options.json);
    if (!text)
        return context.fail(text.error());
    std::optional<ImageArgument> like;
    if (!options.like.empty()) {
        auto argument = openImageArgument(context, options.like);
        if (!argument)
            return context.fail(argument.error());
        like = std::move(*argument);
    }
    CritEncodeOptions encoding;
    encoding.like = like ? &like->image : nullptr;
    const auto schema = Schema::load();
    const std::string name = options.json == "-" ? "standard input" : options.json;
    if (options.output == "-") {
        const auto done = critEncode(*text, name, *schema, encoding, [](std::span<const std::byte> bytes) {
            std::cout.write(reinterpret_cast<const char *>(bytes.data()),
                            static_cast<std::streamsize>(bytes.size()));
            return Result<void>();
        });
        return done ? static_cast<int>(Done) : context.fail(done.error());
    }
    NewFile file;
    if (auto done = file.create(options.output); !done)
        return context.fail(done.error());
    const auto done = critEncode(*text, name, *schema, encoding,
                                 [&file](std::span<const std::byte> bytes) { return file.write(bytes); });
    if (!done)
        return context.fail(done.error());
    file.keep();
    return Done;
}

void addEncode(CLI::App &app, Action &action)
{
    auto *command =
        app.add_subcommand("encode", "An image of crit's JSON, plain or pretty, as crit encode writes it");
    auto options = std::make_shared<EncodeOptions>();
    command->add_option("JSON", options->json, "JSON file; - is standard input")->required();
    command
        ->add_option("-o,--output", options->output,
                     "Image to write, which must not be there; - is standard output")
        ->required();
    command->add_option(
        "--like", options->like,
        "The image that the JSON was made of (FILE or CHECKPOINT!MEMBER): what crit's JSON does not "
        "hold is taken from it");
    command->callback(
        [options, &action] { action = [options](Context &context) { return encode(context, *options); }; });
}

} // namespace

void addCodecCommands(CLI::App &app, Action &action)
{
    addDecode(app, action);
    addEncode(app, action);
}

} // namespace cryoscope::cli
