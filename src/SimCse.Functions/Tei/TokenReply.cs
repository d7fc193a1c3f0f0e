using System.Text.Json.Serialization;

namespace SimCse.Functions.Tei;

/// <summary>One token of <c>POST /tokenize</c>.</summary>
internal sealed record TokenReply(
    int Id, string Text, bool Special, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? Start,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? Stop);
