using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using SimCse.Cli.CommandLine;
using SimCse.LocalHost;

namespace SimCse.Cli.Storage;

/// <summary>The note that <c>simcse up</c> keeps in its data folder while it runs, so that other commands find its storage.</summary>
internal sealed record UpState
{
    public const string FileName = "up.json";

    public required int ProcessId { get; init; }

    /// <summary>The start time of the process, since another process may have the same number later.</summary>
    public required DateTimeOffset ProcessStartedOn { get; init; }

    public required string ConnectionString { get; init; }

    public required Uri Address { get; init; }

    public required string Model { get; init; }

    public required IReadOnlyList<int> Workers { get; init; }

    /// <summary>
    /// Reads the note of a data folder; of the default one, when nothing runs there, the note that the user's <c>simcse up</c> keeps for
    /// commands that are run in other folders.
    /// </summary>
    public static UpState? TryFind(string dataFolder) =>
        TryRead(dataFolder) ?? (CommonOptions.IsDefaultData(dataFolder) ? TryRead(UserCache.Folder) : null);

    /// <summary>Reads the note. Returns <see langword="null"/> if there is none, or if the process that wrote it has ended.</summary>
    public static UpState? TryRead(string dataFolder)
    {
        try
        {
            var state = JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(dataFolder, FileName)), UpStateJson.Default.UpState);
            return state is not null && new ProcessMark(state.ProcessId, state.ProcessStartedOn).IsRunning ? state : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public static UpState Create(string connectionString, Uri address, string model, IReadOnlyList<int> workers)
    {
        using var process = Process.GetCurrentProcess();
        var (id, startedOn) = ProcessMark.Of(process);
        return new UpState
        {
            ProcessId = id,
            ProcessStartedOn = startedOn,
            ConnectionString = connectionString,
            Address = address,
            Model = model,
            Workers = workers,
        };
    }

    public void Write(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        using (var file = PrivateFile.Create($"{path}.new")) // the connection string may hold a key
        {
            JsonSerializer.Serialize(file, this, UpStateJson.Default.UpState);
        }

        File.Move($"{path}.new", path, overwrite: true);
    }

    public static void Remove(string dataFolder) => File.Delete(Path.Combine(dataFolder, FileName));

    /// <summary>Tells commands in all folders of this <c>simcse up</c>, unless another one has done so and still runs.</summary>
    public void WriteForAllFolders()
    {
        if (TryRead(UserCache.Folder) is null)
        {
            Write(UserCache.Folder);
        }
    }

    /// <summary>Takes back what <see cref="WriteForAllFolders"/> wrote, if it was this process.</summary>
    public void RemoveForAllFolders()
    {
        if (TryRead(UserCache.Folder)?.ProcessId == ProcessId)
        {
            Remove(UserCache.Folder);
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(UpState))]
internal sealed partial class UpStateJson : JsonSerializerContext;
