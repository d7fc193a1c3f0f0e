using System.Text.Json;
using SimCse.Inference;
using SimCse.Jobs.Charsets;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Sources;

namespace SimCse.Jobs.State;

/// <summary>What a user may choose about a job. What changes its output is part of the job's identity.</summary>
/// <param name="Normalize">Whether to scale each vector to length 1.</param>
/// <param name="Dimensions">How many components to keep, from the first; <see langword="null"/> keeps all.</param>
/// <param name="IncludeText">Whether to write the column <c>text</c>.</param>
/// <param name="MaxErrors">
/// How many lines may fail; <see langword="null"/> asks only that one could be encoded. It changes no part, so it is not part of the
/// identity: asking for the same again with another limit judges the same job anew, and encodes nothing twice.
/// </param>
/// <remarks>
/// The other options are null unless somebody has chosen, and are then left out of the identity: jobs of earlier releases keep their ids.
/// </remarks>
public sealed record JobOptions(bool Normalize = false, int? Dimensions = null, bool IncludeText = true, ErrorLimit? MaxErrors = null)
{
    private const string NormalizeName = "normalize";
    private const string DimensionsName = "dimensions";
    private const string IncludeTextName = "includeText";
    private const string MaxErrorsName = "maxErrors";
    private const string EncodingName = "encoding";
    private const string TextColumnName = "textColumn";
    private const string IdColumnName = "idColumn";
    private const string KeepName = "keep";
    private const string ChunkOverlapName = "chunkOverlap";
    private const string VectorTypeName = "vectorType";
    private const string PromptText = "prompt";
    private const string PromptNameName = "promptName";

    /// <summary>The most characters (UTF-16) of a prompt: so many fit, escaped, into a blob's metadata beside the other options.</summary>
    public const int MaxPromptCharacters = 1_000;

    /// <summary>The charset of the source; <see langword="null"/> finds it.</summary>
    public string? Encoding { get; init; }

    /// <summary>The column or property that holds the text; <see langword="null"/> is <c>text</c>.</summary>
    public string? TextColumn { get; init; }

    /// <summary>The column or property that holds the id; <see langword="null"/> is <c>id</c>, where there is one.</summary>
    public string? IdColumn { get; init; }

    /// <summary>The columns of the source that its parts have, too.</summary>
    public ColumnList? Keep { get; init; }

    /// <summary>
    /// Splits texts that are over the model's limit into chunks, of which each repeats at most so many tokens of the one before;
    /// <see langword="null"/> cuts the text at the limit.
    /// </summary>
    public int? ChunkOverlap { get; init; }

    /// <summary>The type of the components of vectors in parts; <see langword="null"/> is <see cref="VectorType.Float32"/>.</summary>
    public VectorType? VectorType { get; init; }

    /// <summary>
    /// The text that goes before each text when it is encoded; an empty one switches the model's default off. <see langword="null"/> is
    /// that of <see cref="PromptName"/>, otherwise the model's default.
    /// </summary>
    public string? Prompt { get; init; }

    /// <summary>The name of one of the model's prompts, in place of <see cref="Prompt"/>.</summary>
    public string? PromptName { get; init; }

    /// <summary>
    /// Reads the options of a message, of a request or of a source's metadata; they all have the same names. What they do not name is as
    /// in <paramref name="defaults"/>.
    /// </summary>
    /// <param name="json">Any JSON value. Null has no options; <c>"dimensions": null</c> keeps all components.</param>
    /// <param name="defaults">The app's options.</param>
    /// <exception cref="FormatException">
    /// The value is no object, or has a member that is unknown, stands twice or has a wrong type.
    /// </exception>
    public static JobOptions Read(JsonElement json, JobOptions defaults)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        if (json.ValueKind == JsonValueKind.Null)
        {
            return defaults;
        }

        var named = NamedMembers.Read(
            json, "\"options\"", NormalizeName, DimensionsName, IncludeTextName, MaxErrorsName, EncodingName, TextColumnName, IdColumnName,
            KeepName, ChunkOverlapName, VectorTypeName, PromptText, PromptNameName);
        var (prompt, promptName) = Prompts();
        return new JobOptions(
            Boolean(NormalizeName, defaults.Normalize), Integer(DimensionsName, defaults.Dimensions),
            Boolean(IncludeTextName, defaults.IncludeText), Limit(MaxErrorsName, defaults.MaxErrors))
        {
            Encoding = Charset(String(EncodingName, defaults.Encoding)),
            TextColumn = String(TextColumnName, defaults.TextColumn),
            IdColumn = String(IdColumnName, defaults.IdColumn),
            Keep = Columns(KeepName, defaults.Keep),
            ChunkOverlap = Overlap(Integer(ChunkOverlapName, defaults.ChunkOverlap)),
            VectorType = Type(VectorTypeName, defaults.VectorType),
            Prompt = prompt,
            PromptName = promptName,
        };

        string? String(string name, string? otherwise) => !named.TryGetValue(name, out var value) ? otherwise : value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String when Text(value, name, "a name") is { Length: > 0 } text => text,
            JsonValueKind.String => throw new FormatException($"\"{name}\" is empty; expected a name, or null."),
            _ => throw new FormatException($"\"{name}\" is {NamedMembers.Kind(value)}; expected a string."),
        };

        static string? Charset(string? name) => name is null ? null : SourceCharset.Find(name)
            ?? throw new FormatException($"\"{EncodingName}\" is \"{NamedMembers.Shorten(name)}\"; expected {SourceCharset.Expected}.");

        // Whoever names one of the two does not want the other of the app.
        (string? Prompt, string? Name) Prompts() =>
            !named.ContainsKey(PromptText) && !named.ContainsKey(PromptNameName) ? (defaults.Prompt, defaults.PromptName)
            : (Instruction(), String(PromptNameName, null)) is var chosen && chosen is not ({ }, { }) ? chosen
            : throw new FormatException($"Both \"{PromptText}\" and \"{PromptNameName}\" are given; expected one of them.");

        string? Instruction() => !named.TryGetValue(PromptText, out var value) || value.ValueKind == JsonValueKind.Null ? null
            : value.ValueKind != JsonValueKind.String
                ? throw new FormatException($"\"{PromptText}\" is {NamedMembers.Kind(value)}; expected a string.")
            : Text(value, PromptText, "a text") is { Length: <= MaxPromptCharacters } text ? text
            : throw new FormatException(
                $"\"{PromptText}\" has {value.GetString()!.Length} characters; expected at most {MaxPromptCharacters}.");

        static int? Overlap(int? tokens) => tokens is < 0
            ? throw new FormatException($"\"{ChunkOverlapName}\" is {tokens}; expected 0 or more tokens, or null.")
            : tokens;

        ColumnList? Columns(string name, ColumnList? otherwise) => !named.TryGetValue(name, out var value) ? otherwise
            : value.ValueKind == JsonValueKind.Null ? null
            : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(column => column.ValueKind == JsonValueKind.String)
                ? ColumnList.Of([.. value.EnumerateArray().Select(column => Text(column, name, "names of columns"))])
            : throw new FormatException($"\"{name}\" is {NamedMembers.Kind(value)}; expected an array of names of columns.");

        VectorType? Type(string name, VectorType? otherwise) => String(name, otherwise?.Name()) is not { } text ? null
            : EnumNames.Find<VectorType>(text) is { } type ? (type == Parts.VectorType.Float32 ? null : type)
            : throw new FormatException(
                $"\"{name}\" is \"{NamedMembers.Shorten(text)}\"; expected {string.Join(" or ", EnumNames.All<VectorType>())}.");

        bool Boolean(string name, bool otherwise) => !named.TryGetValue(name, out var value) ? otherwise : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new FormatException($"\"{name}\" is {NamedMembers.Kind(value)}; expected true or false."),
        };

        int? Integer(string name, int? otherwise) => !named.TryGetValue(name, out var value) ? otherwise : value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.Number when value.TryGetInt32(out var number) => number,
            JsonValueKind.Number =>
                throw new FormatException($"\"{name}\" is {NamedMembers.Shorten(value.GetRawText())}; expected an integer."),
            _ => throw new FormatException($"\"{name}\" is {NamedMembers.Kind(value)}; expected an integer."),
        };

        ErrorLimit? Limit(string name, ErrorLimit? otherwise) => !named.TryGetValue(name, out var value) ? otherwise
            : value.ValueKind == JsonValueKind.Null ? null
            : value.ValueKind is JsonValueKind.Number or JsonValueKind.String
                && ErrorLimit.TryParse(
                    value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(value, name, ErrorLimit.Expected), out var limit)
                ? limit
            : throw new FormatException(
                $"\"{name}\" is {(value.ValueKind is JsonValueKind.Number or JsonValueKind.String
                    ? NamedMembers.Shorten(value.GetRawText()) : NamedMembers.Kind(value))}; expected {ErrorLimit.Expected}.");

        static string Text(JsonElement value, string name, string expected)
        {
            try
            {
                return value.GetString()!;
            }
            catch (InvalidOperationException)
            {
                throw new FormatException($"\"{name}\" holds half a surrogate pair; expected {expected}.");
            }
        }
    }

    /// <summary>The options that change what a job writes; the others are not part of its identity.</summary>
    internal JobOptions OfOutput => this with { MaxErrors = null };

    /// <summary>
    /// All options of the output as JSON, also those that have no value, so that no reader puts its own defaults in their place; and the
    /// limit of errors if there is one.
    /// </summary>
    internal JsonElement ToJson()
    {
        var json = JsonSerializer.SerializeToNode(this, JobsJson.Default.JobOptions)!.AsObject();
        string[] nullable =
        [
            DimensionsName, EncodingName, TextColumnName, IdColumnName, KeepName, ChunkOverlapName, VectorTypeName, PromptText,
            PromptNameName,
        ];
        foreach (var name in nullable)
        {
            json.TryAdd(name, null);
        }

        return JsonElement.Parse(json.ToJsonString());
    }

    /// <summary>A request for these options, or for those of the app, and for a limit of errors; none when both are null.</summary>
    internal static JsonElement? ToRequest(JobOptions? options, ErrorLimit? maxErrors) => (options, maxErrors) switch
    {
        (null, null) => null,
        (null, { } limit) => JsonElement.Parse($"{{{Json(limit)}}}"),
        ({ } all, null) => all.ToJson(),
        ({ } all, { } limit) => (all with { MaxErrors = limit }).ToJson(),
    };

    /// <summary>The columns that these options ask for.</summary>
    /// <exception cref="NotSupportedException">A column cannot be kept. The message says why.</exception>
    public SourceColumns ToColumns() => SourceColumns.Create(TextColumn, IdColumn, Keep?.Names ?? []);

    /// <param name="prompt">The prompt that these options lead to, with this model.</param>
    internal EncodeOptions ToEncodeOptions(JobPrompt? prompt) => new()
    {
        Normalize = Normalize,
        Dimensions = Dimensions,
        Prompt = prompt?.Text ?? "",
    };

    private static string Json(ErrorLimit limit) => $"\"{MaxErrorsName}\":\"{limit}\"";
}
