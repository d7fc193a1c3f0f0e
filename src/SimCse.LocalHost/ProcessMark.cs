using System.Diagnostics;
using System.Globalization;

namespace SimCse.LocalHost;

/// <summary>A process by its number and the time when it started, since another process may have the same number later.</summary>
public readonly record struct ProcessMark(int Id, DateTimeOffset StartedOn)
{
    /// <summary>Different clocks round a process's start time differently.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <summary>Whether the process still runs. One that has ended and whose parent has not noticed does not.</summary>
    public bool IsRunning
    {
        get
        {
            try
            {
                using var process = Process.GetProcessById(Id);
                return (process.StartTime.ToUniversalTime() - StartedOn).Duration() < Tolerance && !IsZombie(Id);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                return false;
            }
        }
    }

    public static ProcessMark Of(Process process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return new(process.Id, process.StartTime.ToUniversalTime());
    }

    internal void Write(string path) => File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"{Id} {StartedOn:O}"));

    /// <summary>Returns null if nothing was written there, or if it is cut off.</summary>
    internal static ProcessMark? TryRead(string path)
        => File.Exists(path) && File.ReadAllText(path).Split(' ') is [var id, var startedOn]
            && int.TryParse(id, CultureInfo.InvariantCulture, out var number)
            && DateTimeOffset.TryParse(startedOn, CultureInfo.InvariantCulture, out var time)
                ? new(number, time)
                : null;

    /// <summary>In a container whose first process does not collect orphans, they stay as zombies for ever.</summary>
    private static bool IsZombie(int id)
    {
        try
        {
            return OperatingSystem.IsLinux() && File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true; // it has ended meanwhile
        }
    }
}
