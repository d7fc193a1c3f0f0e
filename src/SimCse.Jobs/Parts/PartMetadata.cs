using System.Globalization;
using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>What a part's footer says about where its vectors come from.</summary>
public sealed record PartMetadata
{
    private const string Prefix = "simcse.";

    public required ModelDescription Model { get; init; }

    /// <summary>The dimension of the vectors in the part, after truncation.</summary>
    public required int Dimension { get; init; }

    public required bool Normalized { get; init; }

    /// <summary>The type of the components as they are stored; what reads a part always returns floats.</summary>
    public VectorType VectorType { get; init; }

    /// <summary>What components of 8 bits stand for; without meaning for the other types.</summary>
    public VectorRange Range { get; init; } = VectorRange.Unit;

    /// <summary>
    /// How many tokens of a long text's chunk the next one repeats at most, in a part whose rows may be chunks; <see langword="null"/> in
    /// one whose rows are whole texts.
    /// </summary>
    public int? ChunkOverlap { get; init; }

    /// <summary>The text that went before each text; <see langword="null"/> where none did.</summary>
    public string? Prompt { get; init; }

    /// <summary>The name of that prompt in the model; <see langword="null"/> where it has none.</summary>
    public string? PromptName { get; init; }

    /// <summary>The device that the encoder ran on: CPU or CUDA.</summary>
    public InferenceDevice Device { get; init; } = InferenceDevice.Cpu;

    /// <summary>
    /// What has computed the vectors, as <see cref="ArithmeticLabel"/> says; <see langword="null"/> in parts of earlier releases.
    /// </summary>
    public string? Arithmetic { get; init; }

    /// <summary>The job, shard, source and ETag; <see langword="null"/> outside a job.</summary>
    public PartOrigin? Origin { get; init; }

    public static PartMetadata From(Bundle bundle, EncodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(options);
        var prompt = bundle.Prompts.Resolve(options.Prompt, options.PromptName);
        return new PartMetadata
        {
            Model = bundle.Model,
            Dimension = options.OutputDimension(bundle.Model.Dimension),
            Normalized = options.Normalize,
            Prompt = prompt.Length == 0 ? null : prompt,
            PromptName = prompt.Length == 0 || options.Prompt is not null ? null : options.PromptName ?? bundle.Prompts.DefaultName,
        };
    }

    /// <summary>The footer's key-value pairs.</summary>
    public IReadOnlyDictionary<string, string> ToFooter()
    {
        var footer = new Dictionary<string, string>
        {
            [$"{Prefix}model"] = Model.Name,
            [$"{Prefix}fingerprint"] = Model.Fingerprint,
            [$"{Prefix}dimension"] = Text(Dimension),
            [$"{Prefix}model_dimension"] = Text(Model.Dimension),
            [$"{Prefix}pooling"] = Model.Pooling.Name(),
            [$"{Prefix}precision"] = Model.Precision.Name(),
            [$"{Prefix}device"] = Device.Name(),
            [$"{Prefix}normalized"] = Text(Normalized),
            [$"{Prefix}untrained"] = Text(Model.Untrained),
            [$"{Prefix}truncation"] = $"right at {Text(Model.MaxSequenceLength)} tokens",
            [$"{Prefix}max_sequence_length"] = Text(Model.MaxSequenceLength),
            [$"{Prefix}vector_type"] = VectorType.Name(),
        };
        if (VectorType is VectorType.Int8 or VectorType.UInt8)
        {
            footer[$"{Prefix}vector_range"] = Range.ToString();
        }

        if (ChunkOverlap is { } overlap)
        {
            footer[$"{Prefix}chunk_overlap"] = Text(overlap);
        }

        if (Arithmetic is not null)
        {
            footer[$"{Prefix}arithmetic"] = Arithmetic;
        }

        if (Prompt is not null)
        {
            footer[$"{Prefix}prompt"] = Prompt;
        }

        if (PromptName is not null)
        {
            footer[$"{Prefix}prompt_name"] = PromptName;
        }

        if (Origin is { } origin)
        {
            footer[$"{Prefix}job"] = origin.Job;
            footer[$"{Prefix}shard"] = Text(origin.Shard);
            footer[$"{Prefix}source"] = origin.Source;
            footer[$"{Prefix}source_etag"] = origin.SourceETag;
        }

        return footer;
    }

    /// <exception cref="InvalidDataException">simcse did not write the footer, or a value in it is unknown.</exception>
    public static PartMetadata FromFooter(IReadOnlyDictionary<string, string> footer, string file)
    {
        ArgumentNullException.ThrowIfNull(footer);

        // Parts of earlier versions name neither a vector type nor a device.
        var type = footer.ContainsKey($"{Prefix}vector_type") ? Value<VectorType>("vector_type") : VectorType.Float32;
        return new PartMetadata
        {
            Model = new ModelDescription(
                Get("model"), Get("fingerprint"), Number("model_dimension"), Value<Pooling>("pooling"), Value<Precision>("precision"),
                Number("max_sequence_length"), Get("untrained") == "true"),
            Dimension = Number("dimension"),
            Normalized = Get("normalized") == "true",
            VectorType = type,
            Range = type is VectorType.Int8 or VectorType.UInt8
                ? VectorRange.TryParse(Get("vector_range")) ?? throw new InvalidDataException(
                    $"{file} has {Prefix}vector_range '{Get("vector_range")}'; expected such as {VectorRange.Unit}.")
                : VectorRange.Unit,
            ChunkOverlap = footer.ContainsKey($"{Prefix}chunk_overlap") ? Number("chunk_overlap") : null,
            Prompt = footer.GetValueOrDefault($"{Prefix}prompt"),
            PromptName = footer.GetValueOrDefault($"{Prefix}prompt_name"),
            Device = footer.ContainsKey($"{Prefix}device") ? Value<InferenceDevice>("device") : InferenceDevice.Cpu,
            Arithmetic = footer.GetValueOrDefault($"{Prefix}arithmetic"),
            Origin = footer.TryGetValue($"{Prefix}job", out var job)
                ? new PartOrigin(job, Number("shard"), Get("source"), Get("source_etag"))
                : null,
        };

        int Number(string key) => int.TryParse(Get(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidDataException($"{file} has {Prefix}{key} '{Get(key)}'; expected a number.");

        T Value<T>(string key)
            where T : struct, Enum => EnumNames.Find<T>(Get(key))
            ?? throw new InvalidDataException($"{file} has {Prefix}{key} '{Get(key)}'; expected {string.Join(", ", EnumNames.All<T>())}.");

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
