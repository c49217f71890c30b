// SPDX-License-Identifier: Apache-2.0
// exportbench CHECKPOINT CASE FOLDER [ROUNDS]: what each step of an export of a reviewed image directory
// takes, against `cp -r` of the same directory in the same run, both with and without waiting for the disk.
// The case is only read; FOLDER must be on the file system of the checkpoint if clones are to be measured.
// Prints a table in Markdown: the best of some rounds.
#include "core/export/exporter.h"
#include "core/redact/exportsettings.h"
#include "core/review/copies.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace cryoscope;

namespace
{

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double timed(const std::function<void()> &work)
{
    const auto start = Clock::now();
    work();
    return since(start);
}

template <class Value> Value need(Result<Value> result)
{
    if (result)
        return std::move(*result);
    std::fprintf(stderr, "%s\n", result.error().describe().c_str());
    std::exit(3);
}

/// Seconds by phase, as they follow each other.
class Phases
{
public:
    explicit Phases(const Progress &progress)
        : m_progress(progress), m_thread([this](auto stop) { run(stop); })
    {
    }
    std::vector<std::pair<std::string, double>> take()
    {
        m_thread.request_stop();
        m_thread.join();
        return std::move(m_found);
    }

private:
    void run(const std::stop_token &stop)
    {
        auto start = Clock::now();
        std::string current;
        while (!stop.stop_requested()) {
            if (std::string now = m_progress.phase(); now != current) {
                if (!current.empty())
                    m_found.emplace_back(current, since(start));
                current = std::move(now);
                start = Clock::now();
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        if (!current.empty())
            m_found.emplace_back(current, since(start));
    }

    const Progress &m_progress;
    std::vector<std::pair<std::string, double>> m_found;
    std::jthread m_thread;
};

/// The best of the rounds, in the order of their first mention.
class Table
{
public:
    void add(const std::string &what, double seconds)
    {
        for (auto &[name, best] : m_rows) {
            if (name == what) {
                best = std::min(best, seconds);
                return;
            }
        }
        m_rows.emplace_back(what, seconds);
    }
    void print(uint64_t bytes) const
    {
        std::printf("| what | s | GB/s |\n| --- | --: | --: |\n");
        for (const auto &[name, seconds] : m_rows)
            std::printf("| %s | %.2f | %.2f |\n", name.c_str(), seconds,
                        static_cast<double>(bytes) / 1e9 / seconds);
    }

private:
    std::vector<std::pair<std::string, double>> m_rows;
};

void copy(const std::string &from, const std::string &to)
{
    const std::string command = "cp -r '" + from + "' '" + to + "'";
    if (std::system(command.c_str()) != 0)
        std::exit(1);
}

/// As the exporter does: each file.
void syncAll(const std::string &path)
{
    if (std::system(("find '" + path + "' -type f -exec sync {} +").c_str()) != 0)
        std::exit(1);
}

void exportOnce(const std::shared_ptr<const Memory> &memory, const Case &review, const std::string &out,
                Table &table)
{
    const auto findings = need(review.findings());
    table.add("search for all copies of what is accepted",
              timed([&] { (void)need(findCopies(*memory, findings)); }));
    const auto settings = need(ExportSettings::of(review));
    RedactionPlan plan;
    table.add("plan", timed([&] { plan = need(RedactionPlan::make(*memory, findings, settings)); }));
    Progress progress;
    Phases phases(progress);
    const auto start = Clock::now();
    const Proof proof = need(Exporter(memory).run(plan, findings, out, &progress));
    const double whole = since(start);
    if (!proof.complete())
        std::exit(1);
    std::map<std::string, int> times;
    for (const auto &[name, seconds] : phases.take())
        table.add("export: " + name + (times[name]++ > 0 ? ", again" : ""), seconds);
    table.add("export, all of it", whole);
}

} // namespace

int main(int count, char **arguments)
{
    if (count < 4) {
        std::fprintf(stderr, "exportbench CHECKPOINT CASE FOLDER [ROUNDS]\n");
        return 2;
    }
    const std::string evidence = arguments[1];
    const std::string folder = arguments[3];
    const int rounds = count > 4 ? std::atoi(arguments[4]) : 3;
    const auto memory = need(Memory::load(need(Checkpoint::open(evidence))));
    const auto review = need(Case::open(arguments[2], memory.get()));
    uint64_t bytes = 0;
    for (const Member &member : memory->checkpoint().archive().members())
        bytes += member.parent == noMember && member.content ? member.content->size() : 0;
    Table table;
    for (int round = 0; round < rounds; ++round) {
        const std::string made = folder + "/copy";
        table.add("cp -r", timed([&] { copy(evidence, made); }));
        std::filesystem::remove_all(made);
        table.add("cp -r and sync", timed([&] {
                      copy(evidence, made);
                      syncAll(made);
                  }));
        std::filesystem::remove_all(made);
        const std::string out = folder + "/export";
        exportOnce(memory, *review, out, table);
        std::filesystem::remove_all(out);
    }
    table.print(bytes);
    return 0;
}
