using SimCse.Tokenization;

namespace SimCse.Models.Pull;

/// <summary>Where a pull goes to and comes from.</summary>
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

    /// <summary>For a caller who has a dictionary already.</summary>
    public bool SkipDictionary { get; init; }

    /// <summary>Holds <c>models/</c> and <c>dictionaries/</c>; by default the user's cache, where the tokenizer looks too.</summary>
    public string CacheFolder { get; init; } =
        Path.GetDirectoryName(Path.GetDirectoryName(MecabDictionaryFolder.CacheFolder(DictionaryArchive.UnidicLite.Name)))!;

    /// <summary>Tries at one file that bring nothing before the pull gives up; any byte that arrives starts the count anew.</summary>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>How long a connection may be silent before it counts as dropped.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Waits between tries; replaced by tests, which look at what is asked for.</summary>
    internal Func<TimeSpan, CancellationToken, Task> Wait { get; init; } = Task.Delay;

    internal DictionaryArchive Dictionary { get; init; } = DictionaryArchive.UnidicLite;
}
