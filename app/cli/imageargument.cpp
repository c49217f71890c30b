// SPDX-License-Identifier: Apache-2.0
#include "app/cli/imageargument.h"

#include "core/bytes/filesource.h"

#include <filesystem>

namespace cryoscope::cli
{

bool namesImage(const std::string &name)
{
    std::error_code ignored;
    if (!std::filesystem::exists(name, ignored))
        return name.find('!') != std::string::npos;
    if (!std::filesystem::is_regular_file(name, ignored))
        return false;
    const auto file = FileSource::open(name);
    return file && Image::looksLikeImage(**file);
}

Result<ImageArgument> openImageArgument(Context &context, const std::string &name)
{
    std::error_code ignored;
    if (std::filesystem::is_regular_file(name, ignored)) {
        auto file = FileSource::open(name);
        if (!file)
            return file.error();
        auto image = Image::open(*file, Schema::load());
        if (!image)
            return image.error();
        return ImageArgument{std::move(*image), nullptr};
    }
    // The checkpoint's own name may hold a '!': the shortest part that is there counts.
    for (size_t at = name.find('!'); at != std::string::npos; at = name.find('!', at + 1)) {
        const std::string path = name.substr(0, at);
        if (!std::filesystem::exists(path, ignored))
            continue;
        auto checkpoint = context.openModel(path);
        if (!checkpoint)
            return checkpoint.error();
        const Member *member = (*checkpoint)->archive().find(name.substr(at + 1));
        if (member == nullptr)
            return Error{ErrorCode::NotFound, "has no member \"" + name.substr(at + 1) + "\"", path,
                         std::nullopt};
        auto image = (*checkpoint)->openImage(member->id);
        if (!image)
            return image.error();
        return ImageArgument{std::move(*image), *checkpoint};
    }
    return Error{ErrorCode::InputUnreadable, "is not there", name, std::nullopt};
}

} // namespace cryoscope::cli
