using System.Text.Json.Serialization;

namespace SimCse.Jobs.Sources;

/// <summary>Where the lines of a source end. Planner and shards must agree on it, so it stands in the manifest.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LineEnd>))]
public enum LineEnd
{
    /// <summary>At a line feed, with or without a carriage return before it.</summary>
    [JsonStringEnumMemberName("lf")]
    LineFeed,

    /// <summary>At a carriage return, as on old Macs: the source begins with a mebibyte that holds no line feed.</summary>
    [JsonStringEnumMemberName("cr")]
    CarriageReturn,
}
