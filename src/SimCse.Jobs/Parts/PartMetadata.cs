using System.Globalization;
using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>What a part's footer says about where its vectors come from.</summary>
public sealed record PartMetadata
{
    private const string Prefix = "simcse.";

    public required string Model { get; init; }

    public required string Fingerprint { get; init; }

    /// <summary>Of the vectors in the part, after truncation.</summary>
    public required int Dimension { get; init; }

    /// <summary>Of the model.</summary>
    public required int ModelDimension { get; init; }

    public required string Pooling { get; init; }

    public required string Precision { get; init; }

    public required bool Normalized { get; init; }

    public required bool Untrained { get; init; }

    /// <summary>Ids at most; longer texts are cut on the right.</summary>
    public required int MaxSequenceLength { get; init; }

    /// <summary>What the encoder ran on: <c>cpu</c> or <c>cuda</c>.</summary>
    public string Device { get; init; } = InferenceDevice.Cpu.Name();

    /// <summary>Job, shard, source and ETag; <see langword="null"/> outside a job.</summary>
    public PartOrigin? Origin { get; init; }

    public static PartMetadata Of(Bundle bundle, EncodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(options);
        return new PartMetadata
        {
            Model = bundle.ModelName,
            Fingerprint = bundle.Fingerprint,
            Dimension = options.OutputDimension(bundle.Dimension),
            ModelDimension = bundle.Dimension,
            Pooling = bundle.Pooling,
            Precision = bundle.Precision,
            Normalized = options.Normalize,
            Untrained = bundle.Untrained,
            MaxSequenceLength = bundle.MaxSequenceLength,
        };
    }

    /// <summary>The footer's key-value pairs.</summary>
    public IReadOnlyDictionary<string, string> ToFooter()
    {
        var footer = new Dictionary<string, string>
        {
            [$"{Prefix}model"] = Model,
            [$"{Prefix}fingerprint"] = Fingerprint,
            [$"{Prefix}dimension"] = Text(Dimension),
            [$"{Prefix}model_dimension"] = Text(ModelDimension),
            [$"{Prefix}pooling"] = Pooling,
            [$"{Prefix}precision"] = Precision,
            [$"{Prefix}device"] = Device,
            [$"{Prefix}normalized"] = Text(Normalized),
            [$"{Prefix}untrained"] = Text(Untrained),
            [$"{Prefix}truncation"] = $"right at {Text(MaxSequenceLength)} tokens",
            [$"{Prefix}max_sequence_length"] = Text(MaxSequenceLength),
        };
        if (Origin is { } origin)
        {
            footer[$"{Prefix}job"] = origin.Job;
            footer[$"{Prefix}shard"] = Text(origin.Shard);
            footer[$"{Prefix}source"] = origin.Source;
            footer[$"{Prefix}source_etag"] = origin.SourceETag;
        }

        return footer;
    }

    /// <exception cref="InvalidDataException">The footer is not one of ours.</exception>
    public static PartMetadata FromFooter(IReadOnlyDictionary<string, string> footer, string file)
    {
        ArgumentNullException.ThrowIfNull(footer);
        return new PartMetadata
        {
            Model = Get("model"),
            Fingerprint = Get("fingerprint"),
            Dimension = int.Parse(Get("dimension"), CultureInfo.InvariantCulture),
            ModelDimension = int.Parse(Get("model_dimension"), CultureInfo.InvariantCulture),
            Pooling = Get("pooling"),
            Precision = Get("precision"),
            Device = footer.GetValueOrDefault($"{Prefix}device") ?? InferenceDevice.Cpu.Name(), // parts of earlier versions do not say
            Normalized = Get("normalized") == "true",
            Untrained = Get("untrained") == "true",
            MaxSequenceLength = int.Parse(Get("max_sequence_length"), CultureInfo.InvariantCulture),
            Origin = footer.TryGetValue($"{Prefix}job", out var job)
                ? new PartOrigin(job, int.Parse(Get("shard"), CultureInfo.InvariantCulture), Get("source"), Get("source_etag"))
                : null,
        };

        string Get(string key) => footer.TryGetValue(Prefix + key, out var value)
            ? value
            : throw new InvalidDataException(
                $"{file} is no part: its footer lacks {Prefix}{key}. Expected a Parquet file that simcse wrote.");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool flag) => flag ? "true" : "false";
}

/// <summary>The shard that a part holds.</summary>
public sealed record PartOrigin(string Job, int Shard, string Source, string SourceETag);
