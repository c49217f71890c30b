// SPDX-License-Identifier: Apache-2.0
// Runs a fuzzer without libFuzzer, with any compiler: over each file of the given folders (or files), and
// over changes of each, which are the same each time. Usage: fuzz_NAME [--changes=N] [--max=BYTES] PATH... An
// input that ends the run is kept as crash-NAME in the working directory.
#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace fs = std::filesystem;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern "C" __attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize,
                                                                unsigned seed);
extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace
{

constexpr unsigned secondsOfOne = 60;          // an input that takes longer hangs
constexpr rlim_t mostMemory = rlim_t{2} << 30; // bytes; what an unchecked length would go beyond
constexpr size_t smallest = 4096;              // bytes that an input may always grow to
constexpr std::array<uint64_t, 8> hostile{
    0, // numbers that go wrong where they are not checked
    1, 0x7f, 0x7fffffff, 0xffffffff, uint64_t{1} << 52, uint64_t{1} << 63, UINT64_MAX};

std::minstd_rand g_random;
// For keeping the input when the process dies.
const uint8_t *g_data = nullptr;
size_t g_size = 0;
std::string g_crash;

void keep()
{
    if (g_data == nullptr)
        return;
    const int file = ::open(g_crash.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    if (::write(file, g_data, g_size) == static_cast<ssize_t>(g_size)) {
        constexpr char said[] = "\nthe input is kept as ";
        (void)!::write(STDERR_FILENO, said, sizeof said - 1);
        (void)!::write(STDERR_FILENO, g_crash.data(), g_crash.size());
        (void)!::write(STDERR_FILENO, "\n", 1);
    }
    ::close(file);
}

extern "C" void onSignal(int number)
{
    keep();
    std::signal(number, SIG_DFL);
    std::raise(number);
}

void watch()
{
    if (__sanitizer_set_death_callback != nullptr) {
        __sanitizer_set_death_callback(keep); // it has the signals of faults, and address space without end
    } else {
        const rlimit limit{mostMemory, mostMemory};
        ::setrlimit(RLIMIT_AS, &limit);
        for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL})
            std::signal(number, onSignal);
    }
    std::signal(SIGABRT, onSignal);
    std::signal(SIGALRM, onSignal);
}

void runOne(const std::vector<uint8_t> &input)
{
    // Of exactly its length, so that a sanitizer sees what is read beyond.
    const std::vector<uint8_t> exact(input.begin(), input.end());
    g_data = exact.data();
    g_size = exact.size();
    ::alarm(secondsOfOne);
    (void)LLVMFuzzerTestOneInput(exact.data(), exact.size());
    ::alarm(0);
    g_data = nullptr;
}

std::vector<uint8_t> readFile(const fs::path &path)
{
    std::ifstream file(path, std::ios::binary);
    std::vector<uint8_t> content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (file.bad()) {
        std::fprintf(stderr, "cannot read %s\n", path.c_str());
        std::exit(2);
    }
    return content;
}

/// Files in order of their names.
std::vector<fs::path> filesOf(const fs::path &path)
{
    if (!fs::is_directory(path))
        return {path};
    std::vector<fs::path> files;
    for (const auto &entry : fs::directory_iterator(path)) {
        if (entry.is_regular_file())
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

bool takeNumber(std::string_view argument, std::string_view name, size_t &value)
{
    if (!argument.starts_with(name))
        return false;
    argument.remove_prefix(name.size());
    const auto [end, error] = std::from_chars(argument.data(), argument.data() + argument.size(), value);
    return error == std::errc() && end == argument.data() + argument.size();
}

size_t change(uint8_t *data, size_t size, size_t maxSize)
{
    if (LLVMFuzzerCustomMutator != nullptr)
        return LLVMFuzzerCustomMutator(data, size, maxSize, static_cast<unsigned>(g_random()));
    return LLVMFuzzerMutate(data, size, maxSize);
}

} // namespace

/// One change: of a bit or byte, of a number in either byte order, a piece cut out, doubled or put elsewhere.
extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize)
{
    if (size == 0 || maxSize == 0) {
        if (maxSize > 0)
            *data = static_cast<uint8_t>(g_random());
        return std::min<size_t>(maxSize, 1);
    }
    const size_t at = g_random() % size;
    const size_t length = 1 + g_random() % std::min<size_t>(size - at, 64);
    switch (g_random() % 7) {
    case 0:
        data[at] ^= static_cast<uint8_t>(1u << (g_random() % 8));
        return size;
    case 1:
        data[at] = static_cast<uint8_t>(g_random());
        return size;
    case 2:
    case 3: {
        const uint64_t value = hostile[g_random() % hostile.size()];
        const size_t width = std::min(size - at, size_t{1} << (g_random() % 4));
        const bool big = g_random() % 2 == 0;
        for (size_t i = 0; i < width; ++i)
            data[at + i] = static_cast<uint8_t>(value >> (8 * (big ? width - 1 - i : i)));
        return size;
    }
    case 4:
        std::memmove(data + at, data + at + length, size - at - length);
        return size - length;
    case 5:
        if (size + length > maxSize)
            return at; // no room to double it: cut off instead
        std::memmove(data + at + length, data + at, size - at);
        return size + length;
    default:
        std::memmove(data + g_random() % (size - length + 1), data + at, length);
        return size;
    }
}

int main(int count, char **arguments)
{
    size_t changes = 0;
    size_t most = SIZE_MAX;
    std::vector<fs::path> files;
    for (int i = 1; i < count; ++i) {
        const std::string_view argument(arguments[i]);
        if (takeNumber(argument, "--changes=", changes) || takeNumber(argument, "--max=", most))
            continue;
        const auto found = filesOf(argument);
        files.insert(files.end(), found.begin(), found.end());
    }
    if (files.empty()) {
        std::fprintf(stderr, "usage: %s [--changes=N] [--max=BYTES] PATH...; no files\n", arguments[0]);
        return 2;
    }
    g_crash = "crash-" + fs::path(arguments[0]).filename().string();
    watch();
    size_t runs = 0;
    for (const fs::path &path : files) {
        const auto seed = readFile(path);
        if (seed.size() > most)
            continue;
        runOne(seed);
        ++runs;
        g_random.seed(1);
        const size_t room = std::min(most, std::max(smallest, seed.size() * 2));
        for (size_t i = 0; i < changes; ++i, ++runs) {
            std::vector<uint8_t> changed(seed);
            changed.resize(std::max(room, seed.size()));
            size_t size = seed.size();
            for (size_t rounds = 1 + i % 4; rounds-- > 0;)
                size = change(changed.data(), size, room);
            changed.resize(size);
            runOne(changed);
        }
    }
    std::printf("%zu inputs of %zu files\n", runs, files.size());
    return runs > 0 ? 0 : 2;
}
