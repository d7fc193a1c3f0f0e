namespace SimCse.LocalHost.Tests;

/// <summary>How the test's worker was started.</summary>
internal sealed record RecordedStart(
    int ProcessId, string[] Arguments, string WorkingDirectory, IReadOnlyDictionary<string, string> Environment);
