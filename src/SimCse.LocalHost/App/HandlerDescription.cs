namespace SimCse.LocalHost;

/// <summary><c>customHandler.description</c> of host.json: the command line is executable, arguments, worker path, worker arguments.</summary>
internal sealed class HandlerDescription
{
    public string DefaultExecutablePath { get; init; } = "";

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public string? DefaultWorkerPath { get; init; }

    public IReadOnlyList<string> WorkerArguments { get; init; } = [];

    /// <summary>Relative to the app's folder, which is the default.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Where a relative executable is looked for; the app's folder by default.</summary>
    public string? WorkerDirectory { get; init; }
}
