using SimCse.Inference;

namespace SimCse.Cli.Local;

/// <summary>What <see cref="LocalRun"/> starts.</summary>
internal sealed record LocalRunOptions
{
    public required Bundle Bundle { get; init; }

    /// <summary>Folder of a published Functions app; <see langword="null"/> runs the one beside this program.</summary>
    public string? App { get; init; }

    /// <summary>Storage that runs already; <see langword="null"/> starts an Azurite.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Where Azurite keeps its files; <see langword="null"/> keeps them in memory.</summary>
    public string? AzuriteFolder { get; init; }

    /// <summary>Prefer Azurite's usual ports, so that <c>UseDevelopmentStorage=true</c> finds it.</summary>
    public bool UsualPorts { get; init; }

    public int Instances { get; init; } = 1;

    /// <summary>App settings over the usual ones.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether a new source starts a job by itself.</summary>
    public bool BlobEvents { get; init; } = true;

    /// <summary>Shows what happens to files; <see langword="null"/> shows nothing of it.</summary>
    public ActivityLog? Activity { get; init; }

    /// <summary>Of HTTP; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The key that HTTP functions ask for; <see langword="null"/> asks for none.</summary>
    public string? FunctionKey { get; init; }
}
