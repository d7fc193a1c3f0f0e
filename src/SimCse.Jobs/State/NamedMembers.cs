using System.Text.Json;

namespace SimCse.Jobs.State;

/// <summary>
/// Reads JSON objects that people write. A member that is unknown or stands twice is an error: dropped in silence, it would give another
/// job than the one that was asked for. Names may differ in case.
/// </summary>
public static class NamedMembers
{
    private const int MaxQuoted = 40;

    /// <summary>The members of an object, by the names in <paramref name="names"/>.</summary>
    /// <param name="json">Any JSON value.</param>
    /// <param name="what">What the value is, for errors: <c>"options"</c>.</param>
    /// <param name="names">All names that there are.</param>
    /// <exception cref="FormatException">The value is no object, or it has a member that is unknown or stands twice.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Read(JsonElement json, string what, params string[] names)
    {
        var members = Read(json, what, out var unknown, names);
        return unknown is null ? members : throw new FormatException(unknown);
    }

    /// <inheritdoc cref="Read(JsonElement, string, string[])"/>
    /// <param name="json">Any JSON value.</param>
    /// <param name="what">What the value is, for errors: <c>"options"</c>.</param>
    /// <param name="unknown">An error that names an unknown member; <see langword="null"/> when there is none.</param>
    /// <param name="names">All names that there are.</param>
    /// <exception cref="FormatException">The value is no object, or it has a member that stands twice.</exception>
    internal static IReadOnlyDictionary<string, JsonElement> Read(JsonElement json, string what, out string? unknown, params string[] names)
    {
        unknown = null;
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{what} is {Kind(json)}; expected an object.");
        }

        var members = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in json.EnumerateObject())
        {
            var name = Name(member);
            if (names.Contains(name, StringComparer.OrdinalIgnoreCase) && !members.TryAdd(name, member.Value))
            {
                throw new FormatException($"{what} holds \"{name}\" twice; expected it once.");
            }

            unknown ??= members.ContainsKey(name) ? null : Unknown(name, what, names);
        }

        return members;
    }

    /// <summary>The name of a value's kind for error messages.</summary>
    internal static string Kind(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => "a boolean",
    };

    /// <summary>Shortens a value so that its author can still recognise it, and leaves no half of a surrogate pair at its end.</summary>
    internal static string Shorten(string value, int length = MaxQuoted) => value.Length <= length
        ? value
        : string.Concat(value.AsSpan(0, char.IsHighSurrogate(value[length - 1]) ? length - 1 : length), "…");

    /// <summary>The known name that is most like one that is not; <see langword="null"/> when none is like it.</summary>
    public static string? Nearest(string name, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(name);
        var wanted = Plain(name);
        var (nearest, distance) = names.Select(known => (known, Distance(wanted, Plain(known)))).MinBy(pair => pair.Item2);
        return distance <= Math.Max(1, wanted.Length / 3) ? nearest : null;

        static string Plain(string name) => Shorten(name.Replace("_", "", StringComparison.Ordinal)
            .Replace("-", "", StringComparison.Ordinal)).ToUpperInvariant();
    }

    private static string Unknown(string name, string what, string[] names)
    {
        var hint = Nearest(name, names) is { } nearest
            ? $"did you mean \"{nearest}\"?"
            : $"expected {string.Join(" or ", names.Select(known => $"\"{known}\""))}.";
        return $"{what} holds \"{Shorten(name)}\", which is none; {hint}";
    }

    /// <exception cref="FormatException">The name holds half a surrogate pair, which UTF-16 cannot hold.</exception>
    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw new FormatException("The name of a member holds half a surrogate pair (\\uD800 to \\uDFFF).");
        }
    }

    /// <summary>How many letters have to be added, removed or replaced to make one word of the other (Levenshtein's distance).</summary>
    private static int Distance(string one, string other)
    {
        var costs = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = costs[0];
            costs[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                (diagonal, costs[j]) = (costs[j], Math.Min(replaced, Math.Min(costs[j], costs[j - 1]) + 1));
            }
        }

        return costs[^1];
    }
}
