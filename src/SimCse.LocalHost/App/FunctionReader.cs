using System.Text.Json;
using System.Text.RegularExpressions;
using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.App;

/// <summary>
/// Reads the worker's description of its functions. The real host logs a broken function and continues without it; the local host stops,
/// because the person who broke it is watching.
/// </summary>
internal static partial class FunctionReader
{
    private static readonly string[] TriggerTypes = ["queueTrigger", "timerTrigger", "warmupTrigger", "httpTrigger"];

    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    /// <summary>Returns the functions in the order of their names, without disabled ones.</summary>
    /// <exception cref="LocalHostException">There are no functions, or one requires something that the host does not know.</exception>
    public static IReadOnlyList<FunctionMetadata> ReadAll(IEnumerable<RpcFunctionMetadata> described, AppSettings settings)
    {
        var functions = described.Where(function => !IsDisabled(function.Name, settings))
            .OrderBy(function => function.Name, StringComparer.Ordinal)
            .Select(function => Read(function, settings))
            .ToList();
        return functions.Count > 0 ? functions : throw new LocalHostException("The worker names no function that is not disabled.");
    }

    private static bool IsDisabled(string name, AppSettings settings)
        => settings[$"AzureWebJobs.{name}.Disabled"] is { } value
           && (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase));

    private static FunctionMetadata Read(RpcFunctionMetadata function, AppSettings settings)
    {
        if (!FunctionName().IsMatch(function.Name))
        {
            throw new LocalHostException($"'{function.Name}' is no function name; expected a letter, then letters, digits, - or _.");
        }

        var where = $"Function {function.Name}";
        var bindings = function.RawBindings.Select(raw => Parse(where, raw)).ToList();
        foreach (var binding in bindings)
        {
            Check(where, binding);
        }

        bindings = bindings.ConvertAll(binding => Resolve(where, binding, settings));
        var triggers = bindings.Where(binding => binding.IsTrigger).ToList();
        return triggers is [var trigger]
            ? new(function, trigger, bindings)
            : throw new LocalHostException($"{where}: found {triggers.Count} triggers among the bindings, expected one.");
    }

    private static FunctionBinding Parse(string where, string raw)
    {
        try
        {
            return JsonSerializer.Deserialize<FunctionBinding>(raw, Json) ?? throw new JsonException("it is null.");
        }
        catch (JsonException e)
        {
            throw new LocalHostException($"{where}: its worker describes a binding as {raw}, which cannot be read: {e.Message}", e);
        }
    }

    private static void Check(string where, FunctionBinding binding)
    {
        var isKnown = binding.IsTrigger ? TriggerTypes.Any(binding.Is) : binding.IsOutput && binding.Is("http");
        if (!isKnown)
        {
            throw new LocalHostException(
                $"{where}: the binding '{binding.Name}' is of type '{binding.Type}' (direction {binding.Direction}); "
                + $"the local host knows {string.Join(", ", TriggerTypes)} and the output http.");
        }

        var isText = !"Binary".Equals(binding.DataType, StringComparison.OrdinalIgnoreCase)
            && !binding.Properties.ContainsKey("supportsDeferredBinding");
        Require(!binding.Is("queueTrigger") || isText, "is bound to something else than a string, which is all that the local host gives");
        Require(binding.Name.Length > 0, "has no name");
        Require(!binding.Is("queueTrigger") || !string.IsNullOrEmpty(binding.QueueName), "has no queueName");
        Require(!binding.Is("timerTrigger") || !string.IsNullOrEmpty(binding.Schedule), "has no schedule");

        void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                throw new LocalHostException($"{where}: the binding '{binding.Name}' of type '{binding.Type}' {otherwise}.");
            }
        }
    }

    private static FunctionBinding Resolve(string where, FunctionBinding binding, AppSettings settings) => binding with
    {
        QueueName = Resolve(where, binding.QueueName, settings),
        Schedule = Resolve(where, binding.Schedule, settings),
        Route = Resolve(where, binding.Route, settings),
        Connection = Resolve(where, binding.Connection, settings),
    };

    private static string? Resolve(string where, string? text, AppSettings settings) => text is null ? null : settings.Resolve(text, where);

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]{0,127}$")]
    private static partial Regex FunctionName();
}
