using System.Text.Json.Serialization;

namespace SimCse.Models.Pull;

/// <summary>The hub's answer to <c>GET /api/models/NAME/revision/REVISION?blobs=true</c>, as far as it is read.</summary>
internal sealed class HubModel
{
    [JsonPropertyName("sha")] public string? Commit { get; set; }
    [JsonPropertyName("cardData")] public HubCard? Card { get; set; }
    [JsonPropertyName("siblings")] public List<HubFile> Files { get; set; } = [];
}

internal sealed class HubCard
{
    /// <summary>The licence's name, or a list of names.</summary>
    [JsonPropertyName("license")] public System.Text.Json.JsonElement? Licence { get; set; }
}

internal sealed class HubFile
{
    [JsonPropertyName("rfilename")] public string Name { get; set; } = "";
    [JsonPropertyName("size")] public long? Size { get; set; }
    [JsonPropertyName("blobId")] public string? GitBlob { get; set; }
    [JsonPropertyName("lfs")] public HubLargeFile? Large { get; set; }
}

internal sealed class HubLargeFile
{
    [JsonPropertyName("sha256")] public string? Sha256 { get; set; }
    [JsonPropertyName("size")] public long? Size { get; set; }
}

[JsonSerializable(typeof(HubModel))]
internal sealed partial class HubJson : JsonSerializerContext;
