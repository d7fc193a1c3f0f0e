using System.Text.Json;
using SimCse.Cli.CommandLine;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Storage;
using SimCse.LocalHost.Azurite;

namespace SimCse.Cli.Storage;

/// <summary>
/// Finds the storage account of a command in this order: <c>--connection</c> and its variable, AzureWebJobsStorage in the environment,
/// local.settings.json in the working folder, the <c>simcse up</c> of the data folder, the user's <c>simcse up</c> elsewhere.
/// </summary>
internal static class StorageSelection
{
    private const string SettingsFile = "local.settings.json";

    public static async Task<JobClient> ConnectAsync(
        CliContext context, (string Value, string From)? connection, string dataFolder)
    {
        var (storage, from) = Find(connection, dataFolder);
        await CheckAsync(storage, from, context.CancellationToken);
        return Connect(storage);
    }

    /// <exception cref="CliException">The SDK cannot read the connection string.</exception>
    private static void CheckForm(StorageConnection storage, string from)
    {
        try
        {
            JobStorage.Connect(storage);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new CliException(
                $"The connection string {from} cannot be read; expected AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net as " +
                "the Azure portal shows it, or UseDevelopmentStorage=true.", e);
        }
    }

    public static JobClient Connect(StorageConnection storage) => new(JobStorage.Connect(storage));

    /// <summary>Checks that Azurite answers. Otherwise the SDK would retry for a minute before it reported a failure.</summary>
    public static async Task CheckAsync(StorageConnection storage, string from, CancellationToken cancellationToken)
    {
        CheckForm(storage, from);
        if (storage.ConnectionString is { } text && IsLocal(text)
            && await AzuriteServer.FindFaultAsync(text, cancellationToken) is { } fault)
        {
            throw new CliException(
                fault.IsRefusal
                    ? $"The storage at the connection string {from} refuses its account key ({fault.Code}): correct the key."
                    : $"No storage answers at the connection string {from}; start Azurite, for example with 'simcse up'.");
        }
    }

    private static (StorageConnection Storage, string From) Find((string Value, string From)? connection, string dataFolder)
    {
        if (connection is { } given)
        {
            return (StorageConnection.FromConnectionString(given.Value), given.From);
        }

        if (TryRead(Environment.GetEnvironmentVariable) is { } environment)
        {
            return (environment, $"in the environment variable {StorageConnection.SettingName}");
        }

        var settings = ReadSettings();
        if (TryRead(name => settings.GetValueOrDefault(name)) is { } file)
        {
            return (file, $"in {SettingsFile}");
        }

        return UpState.TryFind(dataFolder) is { } up
            ? (StorageConnection.FromConnectionString(up.ConnectionString), $"of the running 'simcse up' (process {up.ProcessId})")
            : throw new CliException(
                $"No storage account: give --connection, set {StorageConnection.SettingName} in the environment or in {SettingsFile}, " +
                $"or run 'simcse up' (none runs with the data folder '{dataFolder}').");
    }

    private static StorageConnection? TryRead(Func<string, string?> setting)
    {
        string[] names = ["", "__accountName", "__blobServiceUri"];
        return names.Any(name => setting(StorageConnection.SettingName + name) is { Length: > 0 })
            ? StorageConnection.FromSettings(setting)
            : null;
    }

    private static Dictionary<string, string> ReadSettings()
    {
        if (!File.Exists(SettingsFile))
        {
            return [];
        }

        try
        {
            using var json = JsonDocument.Parse(
                File.ReadAllText(SettingsFile),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return json.RootElement.TryGetProperty("Values", out var values)
                ? values.EnumerateObject().ToDictionary(
                    value => value.Name.Replace(":", "__", StringComparison.Ordinal), value => value.Value.ToString())
                : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            var where = e is JsonException { LineNumber: { } line } ? $"; see line {line + 1}" : "";
            throw new CliException($"{Path.GetFullPath(SettingsFile)} is not JSON with an object \"Values\"{where}.", e);
        }
    }

    private static bool IsLocal(string connectionString) =>
        connectionString.Contains("UseDevelopmentStorage=true", StringComparison.OrdinalIgnoreCase)
        || connectionString.Contains("://127.0.0.1", StringComparison.Ordinal)
        || connectionString.Contains("://localhost", StringComparison.OrdinalIgnoreCase);
}
