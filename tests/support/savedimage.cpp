// SPDX-License-Identifier: Apache-2.0
#include "tests/support/savedimage.h"

#include "core/base/hash.h"
#include "tests/support/tarwriter.h"

#include <nlohmann/json.hpp>

namespace cryoscope::test
{

namespace
{

using namespace nlohmann::literals;

const std::string blobFolder = "blobs/sha256/";

std::string configuration(const std::string &decoded, const ImageTexts &texts)
{
    return R"({"created":"2026-01-02T03:04:05Z","architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin","API_TOKEN=)" +
           texts.variable + R"("]},"rootfs":{"type":"layers","diff_ids":["sha256:)" + sha256Of(decoded) +
           R"("]},"history":[{"created":"2026-01-02T03:04:05Z","created_by":")" + texts.history + R"("}]})";
}

std::string descriptor(const std::string &mediaType, const std::string &content, bool sizeFirst = false)
{
    const std::string size = R"("size":)" + std::to_string(content.size());
    const std::string digest = R"("digest":"sha256:)" + sha256Of(content) + "\"";
    return R"({"mediaType":"application/vnd.oci.image.)" + mediaType + "\"," +
           (sizeFirst ? size + "," + digest : digest + "," + size) + "}";
}

class ImageCheck
{
public:
    ImageCheck(const ImageFiles &files, std::string (*decode)(const std::string &))
        : m_files(files), m_decode(decode)
    {
    }

    std::vector<std::string> run()
    {
        if (m_files.contains("index.json")) {
            const auto index = parse("index.json");
            for (const auto &entry : index.value("manifests", nlohmann::json::array()))
                manifest(described(entry));
        } else if (m_files.contains("manifest.json")) {
            const auto list = parse("manifest.json");
            if (!list.is_array() || list.empty())
                return m_faults;
            const auto &entry = list.at(0);
            const std::string config = entry["Config"];
            named(config, config.substr(0, config.find('.')));
            std::vector<std::string> layers;
            for (const std::string layer : entry["Layers"]) {
                named(layer, layer.substr(0, layer.find('.')));
                layers.push_back(layer);
            }
            diffIds(config, layers);
        } else {
            m_faults.push_back("there is no index");
        }
        return m_faults;
    }

private:
    nlohmann::json parse(const std::string &path)
    {
        const auto file = m_files.find(path);
        auto json = file == m_files.end() ? nlohmann::json(nlohmann::json::value_t::discarded)
                                          : nlohmann::json::parse(file->second, nullptr, false);
        if (json.is_discarded()) {
            m_faults.push_back(path + " is not there, or no JSON");
            return nlohmann::json::object();
        }
        return json;
    }

    void named(const std::string &path, const std::string &digest)
    {
        const auto file = m_files.find(path);
        if (file == m_files.end())
            m_faults.push_back(path + " is not there");
        else if (sha256Of(file->second) != digest)
            m_faults.push_back(path + " has another digest");
    }

    std::string described(const nlohmann::json &entry)
    {
        const std::string digest = entry.value("digest", "sha256:");
        const std::string path = blobFolder + digest.substr(7);
        named(path, digest.substr(7));
        if (m_files.contains(path) && m_files.at(path).size() != entry.value("size", size_t{0}))
            m_faults.push_back(path + " has another size");
        return path;
    }

    void manifest(const std::string &path)
    {
        const auto json = parse(path);
        if (!json.contains("layers"))
            return;
        std::vector<std::string> layers;
        for (const auto &layer : json["layers"])
            layers.push_back(described(layer));
        diffIds(described(json["config"]), layers);
    }

    void diffIds(const std::string &config, const std::vector<std::string> &layers)
    {
        const auto json = parse(config);
        const auto ids = json.value("/rootfs/diff_ids"_json_pointer, nlohmann::json::array());
        for (size_t i = 0; i < layers.size(); ++i) {
            if (m_files.contains(layers[i]) &&
                (i >= ids.size() || ids[i] != "sha256:" + sha256Of(m_decode(m_files.at(layers[i])))))
                m_faults.push_back(layers[i] + " has another diff_id");
        }
    }

    const ImageFiles &m_files;
    std::string (*m_decode)(const std::string &);
    std::vector<std::string> m_faults;
};

} // namespace

std::string sha256Of(const std::string &content)
{
    Sha256 hash;
    hash.add(asBytes(content));
    return toHex(hash.finish());
}

ImageFiles ociLayout(const std::string &layer, const std::string &decoded, const ImageTexts &texts)
{
    const std::string config = configuration(decoded, texts);
    const std::string manifest =
        R"({"schemaVersion":2,"config":)" + descriptor("config.v1+json", config) + R"(,"layers":[)" +
        descriptor(layer == decoded ? "layer.v1.tar" : "layer.v1.tar+gzip", layer, true) +
        R"(],"annotations":{"org.criu.checkpoint.container.name":")" + texts.annotation +
        R"(","org.criu.checkpoint.engine.name":"podman"}})";
    return {{"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"},
            {"index.json",
             R"({"schemaVersion":2,"manifests":[)" + descriptor("manifest.v1+json", manifest) + "]}"},
            {blobFolder + sha256Of(config), config},
            {blobFolder + sha256Of(layer), layer},
            {blobFolder + sha256Of(manifest), manifest}};
}

ImageFiles dockerArchive(const std::string &layer, const ImageTexts &texts)
{
    const std::string config = configuration(layer, texts);
    const std::string layerName = sha256Of(layer) + ".tar";
    const std::string configName = sha256Of(config) + ".json";
    return {{layerName, layer},
            {configName, config},
            {"manifest.json", R"([{"Config":")" + configName +
                                  R"(","RepoTags":["localhost/c:1"],"Layers":[")" + layerName + R"("]}])"}};
}

std::string tarOf(const ImageFiles &files)
{
    TarWriter tar;
    for (const auto &[path, content] : files)
        tar.file(path, content);
    return tar.bytes();
}

std::vector<std::string> faultsOf(const ImageFiles &files, std::string (*decode)(const std::string &))
{
    return ImageCheck(files, decode).run();
}

} // namespace cryoscope::test
