using System.Text.Json;
using System.Text.RegularExpressions;

namespace SimCse.LocalHost;

/// <summary>
/// Reads <c>*/function.json</c> below the app's folder. The real host logs a broken function and goes on without it; the local host stops, because
/// the person who broke it is watching.
/// </summary>
internal static partial class FunctionReader
{
    private static readonly string[] TriggerTypes = ["queueTrigger", "timerTrigger", "warmupTrigger", "httpTrigger"];
    private static readonly string[] OutputTypes = ["queue", "http"];

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNameCaseInsensitive = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>The app's functions in order of name, without those that are disabled.</summary>
    /// <exception cref="LocalHostException">A file cannot be read, or asks for something that the local host does not know.</exception>
    public static IReadOnlyList<FunctionMetadata> ReadAll(string appRoot, AppSettings settings)
    {
        var functions = new List<FunctionMetadata>();
        foreach (var folder in Directory.EnumerateDirectories(appRoot).Order(StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, "function.json");
            if (File.Exists(path) && Read(path, settings) is { } function)
            {
                functions.Add(function);
            }
        }

        return functions.Count > 0 ? functions : throw new LocalHostException($"No function.json was found in the folders of {appRoot}.");
    }

    private static FunctionMetadata? Read(string path, AppSettings settings)
    {
        var name = Path.GetFileName(Path.GetDirectoryName(path))!;
        var file = Parse(path);
        if (file.Disabled || "true".Equals(settings[$"AzureWebJobs.{name}.Disabled"], StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (!FunctionName().IsMatch(name))
        {
            throw new LocalHostException($"{path}: '{name}' is no function name; expected a letter, then letters, digits, - or _.");
        }

        var triggers = file.Bindings.Where(binding => binding.IsTrigger).ToList();
        if (triggers is not [var trigger])
        {
            throw new LocalHostException($"{path}: found {triggers.Count} triggers among the bindings, expected one.");
        }

        foreach (var binding in file.Bindings)
        {
            Check(path, binding);
        }

        return new(name, Resolve(path, trigger, settings), [.. file.Bindings.Where(binding => binding.IsOutput).Select(b => Resolve(path, b, settings))]);
    }

    private static FunctionFile Parse(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<FunctionFile>(stream, Json) ?? throw new JsonException("it holds null.");
        }
        catch (JsonException e)
        {
            throw new LocalHostException($"{path} is not a function.json: {e.Message}", e);
        }
    }

    private static void Check(string path, FunctionBinding binding)
    {
        var known = binding.IsTrigger ? TriggerTypes : binding.IsOutput ? OutputTypes : [];
        if (!known.Any(binding.Is))
        {
            throw new LocalHostException(
                $"{path}: the binding '{binding.Name}' is of type '{binding.Type}' (direction {binding.Direction}); "
                + $"the local host knows {string.Join(", ", TriggerTypes)} and the outputs {string.Join(", ", OutputTypes)}.");
        }

        if (binding.Name.Length == 0)
        {
            throw new LocalHostException($"{path}: a binding of type '{binding.Type}' has no name.");
        }

        Require(!binding.Is("queueTrigger") && !binding.Is("queue") || !string.IsNullOrEmpty(binding.QueueName), "queueName");
        Require(!binding.Is("timerTrigger") || !string.IsNullOrEmpty(binding.Schedule), "schedule");

        void Require(bool holds, string property)
        {
            if (!holds)
            {
                throw new LocalHostException($"{path}: the binding '{binding.Name}' of type '{binding.Type}' has no {property}.");
            }
        }
    }

    private static FunctionBinding Resolve(string path, FunctionBinding binding, AppSettings settings) => binding with
    {
        QueueName = Resolve(path, binding.QueueName, settings),
        Schedule = Resolve(path, binding.Schedule, settings),
        Route = Resolve(path, binding.Route, settings),
        Connection = Resolve(path, binding.Connection, settings),
    };

    private static string? Resolve(string path, string? text, AppSettings settings) => text is null ? null : settings.Resolve(text, path);

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]{0,127}$")]
    private static partial Regex FunctionName();

    private sealed record FunctionFile
    {
        public IReadOnlyList<FunctionBinding> Bindings { get; init; } = [];

        public bool Disabled { get; init; }
    }
}
