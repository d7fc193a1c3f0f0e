using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Azure.Storage.Queues;
using Microsoft.Azure.WebJobs.Host;
using Microsoft.Extensions.Configuration;

namespace SimCse.LocalHost.App;

/// <summary>
/// The settings of host.json that the local host uses, with the host's defaults. As in Azure, settings named
/// <c>AzureFunctionsJobHost__path__to__value</c> override the file. A null time-out means unlimited (<c>-1</c> in the file).
/// </summary>
internal sealed record HostJson(IConfigurationSection Queues, string RoutePrefix, TimeSpan? FunctionTimeout)
{
    private const string OverridePrefix = "AzureFunctionsJobHost__";

    /// <summary>The default of every plan except Consumption (5 minutes).</summary>
    private static readonly TimeSpan DefaultFunctionTimeout = TimeSpan.FromMinutes(30);

    /// <summary>The encoding of message bodies, which is the same for all queues of an app.</summary>
    public QueueMessageEncoding MessageEncoding => Queues.Get<QueuesOptions>()?.MessageEncoding ?? new QueuesOptions().MessageEncoding;

    /// <exception cref="LocalHostException">The file is missing, is not JSON, or contains a value that the host refuses.</exception>
    public static HostJson Load(string appRoot, AppSettings settings)
    {
        var path = Path.Combine(appRoot, "host.json");
        if (!File.Exists(path))
        {
            throw new LocalHostException($"There is no host.json in {appRoot}; give the folder of a published Functions app.");
        }

        try
        {
            var root = new ConfigurationBuilder().AddJsonStream(new MemoryStream(File.ReadAllBytes(path)))
                .AddInMemoryCollection(Overrides(settings)).Build();
            return FromConfiguration(root);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidDataException)
        {
            throw new LocalHostException($"{path} cannot be used: {e.Message} {e.InnerException?.Message}".TrimEnd(), e);
        }
    }

    private static HostJson FromConfiguration(IConfiguration root)
    {
        if (root["version"] is not "2.0")
        {
            throw new LocalHostException($"host.json: version is '{root["version"]}', expected \"2.0\".");
        }

        var queues = root.GetSection("extensions:queues");
        foreach (var setting in queues.GetChildren())
        {
            Check(setting);
        }

        return new(queues, root["extensions:http:routePrefix"] ?? "api", ParseTimeout(root["functionTimeout"]));
    }

    /// <summary>Checks one setting at a time, so that the error can name the one that the storage extension refuses.</summary>
    private static void Check(IConfigurationSection setting)
    {
        try
        {
            new ConfigurationBuilder().AddInMemoryCollection([new(setting.Key, setting.Value)]).Build().Bind(new QueuesOptions());
        }
        catch (Exception e)
        {
            throw new LocalHostException(
                $"host.json: extensions.queues.{setting.Key} is '{setting.Value}', which the storage extension refuses: " +
                $"{(e as TargetInvocationException)?.InnerException?.Message ?? e.Message}",
                e);
        }
    }

    private static TimeSpan? ParseTimeout(string? text) => text switch
    {
        null or "" => DefaultFunctionTimeout,
        "-1" => null,
        _ when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value > TimeSpan.Zero => value,
        _ => throw new LocalHostException($"host.json: functionTimeout is '{text}', expected hh:mm:ss or -1."),
    };

    private static IEnumerable<KeyValuePair<string, string?>> Overrides(AppSettings settings)
        => from setting in settings.All
           where setting.Key.StartsWith(OverridePrefix, StringComparison.OrdinalIgnoreCase)
           let key = setting.Key[OverridePrefix.Length..].Replace("__", ":", StringComparison.Ordinal)
           select new KeyValuePair<string, string?>(key, setting.Value);
}
