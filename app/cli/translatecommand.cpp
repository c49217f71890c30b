// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"

#include "core/redact/pseudonymmap.h"

#include <iostream>
#include <iterator>

namespace cryoscope::cli
{

void addTranslateCommand(CLI::App &app, Action &action)
{
    auto *command = app.add_subcommand(
        "translate", "Turn pseudonyms in a text on standard input back into names, by the map of an export");
    auto map = std::make_shared<std::string>();
    command->add_option("--map", *map, "The file that redact --map made")->required();
    command->callback([map, &action] {
        action = [map](Context &context) {
            const auto names = PseudonymMap::read(*map);
            if (!names)
                return context.fail(names.error());
            const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
            std::cout << names->translate(text);
            return static_cast<int>(Done);
        };
    });
}

} // namespace cryoscope::cli
