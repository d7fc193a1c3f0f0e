using System.Collections;
using System.Text.RegularExpressions;

namespace SimCse.LocalHost.App;

/// <summary>
/// The app's settings as the host sees them: the given settings, then the environment of this process. In Azure these are the same.
/// </summary>
internal sealed partial class AppSettings(IReadOnlyDictionary<string, string> values)
{
    /// <summary>The setting that names the storage account of the host itself, and of triggers that name no other account.</summary>
    public const string StorageConnection = "AzureWebJobsStorage";

    /// <summary>The settings that are added to the environment that the worker inherits.</summary>
    public IReadOnlyDictionary<string, string> Values => values;

    /// <summary>The environment and then the settings. A name may occur twice; the setting comes last.</summary>
    public IEnumerable<KeyValuePair<string, string>> All => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value ?? "")).Concat(values);

    public string? this[string name] => values.TryGetValue(name, out var value) ? value : Environment.GetEnvironmentVariable(name);

    /// <summary>Replaces <c>%Name%</c> in a binding (queue names, schedules, routes) with the setting of that name.</summary>
    /// <exception cref="LocalHostException">There is no such setting.</exception>
    public string Resolve(string text, string where)
        => Percent().Replace(text, match => this[match.Groups[1].Value] is { Length: > 0 } value
            ? value
            : throw new LocalHostException($"{where}: '{match.Value}' names the app setting '{match.Groups[1].Value}', which is not set."));

    /// <summary>The connection string in the setting that a trigger names; null or empty means <see cref="StorageConnection"/>.</summary>
    /// <exception cref="LocalHostException">The setting is missing.</exception>
    public string ConnectionString(string? connection)
    {
        var name = string.IsNullOrEmpty(connection) ? StorageConnection : connection;
        return this["AzureWebJobs" + name] ?? this[name] ?? throw new LocalHostException(
            $"The app setting '{name}' is missing; the local host expects a storage connection string there, such as " +
            "UseDevelopmentStorage=true "
            + "(identity-based connections need Azure).");
    }

    [GeneratedRegex("%([^%\\s]+)%")]
    private static partial Regex Percent();
}
