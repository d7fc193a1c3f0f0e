using System.Diagnostics;
using System.Globalization;
using SimCse.Jobs.Storage;

namespace SimCse.Benchmarks.Faults;

/// <summary>A place for a host, which gets a new process whenever the last one has ended. Not thread-safe.</summary>
internal sealed class CampaignHost(string bundle, string connectionString, string log) : IDisposable
{
    private Process? _process;
    private Task<bool> _ready = Task.FromResult(false);
    private int _starts;

    /// <summary>The number of processes that this place has had.</summary>
    public int Starts => _starts;

    public bool IsReady => _process is { HasExited: false } && _ready is { IsCompletedSuccessfully: true, Result: true };

    /// <summary>Starts a process if none runs.</summary>
    public void EnsureRuns()
    {
        if (_process is { HasExited: false })
        {
            return;
        }

        _process?.Dispose();
        string[] arguments =
            [typeof(CampaignHost).Assembly.Location, FaultsHostCommand.CommandName, bundle, $"{log}.{++_starts}.log"];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment[StorageConnection.SettingName] = connectionString;
        var process = Process.Start(start)!;
        (_process, _ready) = (process, ReadyAsync(process));
    }

    public bool KillHost() => Signal(_process?.Id, "KILL");

    /// <summary>Sends a signal to the worker, if there is one.</summary>
    public bool SignalWorker(string signal) => Signal(Worker, signal);

    /// <summary>The process of the worker, which is the host's child.</summary>
    public int? Worker => !IsReady ? null : Directory.GetDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : (int?)null)
        .FirstOrDefault(id => id is not null && ParentOf(id.Value) == _process!.Id);

    /// <summary>Lets the host finish what it does.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
        }
    }

    public void Dispose()
    {
        KillHost();
        _process?.Dispose();
    }

    public static bool Signal(int? process, string signal)
    {
        if (process is not { } id)
        {
            return false;
        }

        using var kill = Process.Start(
            new ProcessStartInfo("kill", [$"-{signal}", id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
        kill.WaitForExit();
        return kill.ExitCode == 0;
    }

    private static int? ParentOf(int process)
    {
        try
        {
            // "id (name) state parent …", where the name may hold anything
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 1)..].Split(' ')[2], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }

    private static async Task<bool> ReadyAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == FaultsHostCommand.Ready)
            {
                return true;
            }
        }

        return false;
    }
}
