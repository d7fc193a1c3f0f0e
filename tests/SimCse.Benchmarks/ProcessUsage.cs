using System.Diagnostics;

namespace SimCse.Benchmarks;

/// <summary>The resources that a process has used since its start.</summary>
/// <param name="CpuSeconds">The processor time of all its threads.</param>
/// <param name="PeakBytes">The peak of resident memory, including mapped files (Linux: <c>VmHWM</c>).</param>
internal readonly record struct ProcessUsage(double CpuSeconds, long PeakBytes)
{
    public static ProcessUsage Of(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return new ProcessUsage(process.TotalProcessorTime.TotalSeconds, process.PeakWorkingSet64);
    }

    public static ProcessUsage Own => Of(Environment.ProcessId);
}
