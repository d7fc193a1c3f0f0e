using SimCse.Tokenization;

namespace SimCse.Models.Pull;

/// <summary>The addresses, the cache and the patience of a pull.</summary>
public sealed record ModelPullerOptions
{
    /// <summary>The Hugging Face hub, or a mirror of it, which may lie in a folder of its server.</summary>
    public Uri Hub
    {
        get;
        init => field = value.AbsoluteUri.EndsWith('/') ? value : new Uri($"{value.AbsoluteUri}/");
    } = new("https://huggingface.co/");

    /// <summary>The source distribution of unidic-lite; another address must serve the same bytes.</summary>
    public Uri? UnidicLite { get; init; }

    /// <summary>The source distribution of ipadic; another address must serve the same bytes.</summary>
    public Uri? Ipadic { get; init; }

    /// <summary>The name of the one dictionary to fetch, whatever the model says, where it can be fetched.</summary>
    public string? DictionaryName { get; init; }

    /// <summary>Whether to fetch no dictionary, because the caller has one already.</summary>
    public bool SkipDictionary { get; init; }

    /// <summary>The folder of <c>models/</c> and <c>dictionaries/</c>; by default the user's cache, where the tokenizer looks.</summary>
    public string CacheFolder { get; init; } =
        Path.GetDirectoryName(Path.GetDirectoryName(MecabDictionaryFolder.CacheFolder(DictionaryArchive.UnidicLite.Name)))!;

    /// <summary>How many tries in a row may bring no byte of a file before the pull gives up.</summary>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>How long a connection may be silent before it counts as dropped.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Waits between tries. Tests replace it and check the times.</summary>
    internal Func<TimeSpan, CancellationToken, Task> Wait { get; init; } = Task.Delay;

    internal IReadOnlyList<DictionaryArchive> Archives { get; init; } = [DictionaryArchive.UnidicLite, DictionaryArchive.Ipadic];
}
