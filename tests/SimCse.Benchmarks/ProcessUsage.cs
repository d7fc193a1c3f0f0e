using System.Diagnostics;

namespace SimCse.Benchmarks;

/// <summary>What a process has used since it started.</summary>
/// <param name="CpuSeconds">Of all its threads.</param>
/// <param name="PeakBytes">Of resident memory, files that it has mapped included (Linux: <c>VmHWM</c>).</param>
internal readonly record struct ProcessUsage(double CpuSeconds, long PeakBytes)
{
    public static ProcessUsage Of(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return new ProcessUsage(process.TotalProcessorTime.TotalSeconds, process.PeakWorkingSet64);
    }

    public static ProcessUsage Own => Of(Environment.ProcessId);
}
