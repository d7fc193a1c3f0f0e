using System.Text.Json.Serialization;

namespace SimCse.Functions.OpenAi;

/// <summary>The list of models in OpenAI's form.</summary>
internal sealed record ModelsReply(IReadOnlyList<ModelItem> Data, string Object = "list");

/// <param name="Id">The model's published name, or the name of its folder.</param>
/// <param name="Object">Always the same.</param>
/// <param name="Created">Always 0: bundles do not say when their models were made.</param>
/// <param name="OwnedBy">Always the same.</param>
internal sealed record ModelItem(
    string Id, string Object = "model", long Created = 0, [property: JsonPropertyName("owned_by")] string OwnedBy = "simcse");
