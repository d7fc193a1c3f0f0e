using System.Reflection;
using System.Text.Json.Serialization;

namespace SimCse.Inference;

/// <summary>
/// The names of enumeration values in settings, files and commands, from <see cref="JsonStringEnumMemberNameAttribute"/>.
/// </summary>
public static class EnumNames
{
    /// <exception cref="ArgumentOutOfRangeException">The enumeration has no such value.</exception>
    public static string Name<T>(this T value)
        where T : struct, Enum => Names<T>.ByValue.TryGetValue(value, out var name)
        ? name
        : throw new ArgumentOutOfRangeException(nameof(value), value, null);

    /// <summary>All names, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => value.Name())];

    /// <summary>The value of a name in upper or lower case; <see langword="null"/> when there is none.</summary>
    public static T? Find<T>(string? name)
        where T : struct, Enum =>
        Enum.GetValues<T>().Cast<T?>().FirstOrDefault(value => value!.Value.Name().Equals(name, StringComparison.OrdinalIgnoreCase));

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ByValue = typeof(T).GetFields(BindingFlags.Public | BindingFlags.Static).ToDictionary(
            field => (T)field.GetValue(null)!,
            field => field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
                ?? throw new ArgumentException($"{field} has no name."));
    }
}

/// <summary>Reads and writes enumeration values in JSON by their names alone: a number that has none would be accepted otherwise.</summary>
public sealed class EnumNameConverter<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false)
    where T : struct, Enum;
