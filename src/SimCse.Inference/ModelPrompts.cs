namespace SimCse.Inference;

/// <summary>The prompts of a model: texts that it was trained to see before a query or a document. Immutable and thread-safe.</summary>
/// <param name="named">The texts by their names, as in <c>config_sentence_transformers.json</c>: <c>query</c> → <c>クエリ: </c>.</param>
/// <param name="defaultName">The name of the prompt that goes before every text whose caller asks for none.</param>
/// <remarks>Source: <c>encode</c>, <c>encode_query</c> and <c>encode_document</c> of sentence-transformers 6.</remarks>
public sealed class ModelPrompts(IReadOnlyDictionary<string, string>? named, string? defaultName = null)
{
    private static readonly string[] QueryNames = ["query"];
    private static readonly string[] DocumentNames = ["document", "passage", "corpus"];

    public IReadOnlyDictionary<string, string> Named { get; } = named ?? new Dictionary<string, string>();

    public string? DefaultName { get; } = defaultName;

    /// <summary>
    /// The name of the prompt for queries: <c>query</c>, else the default; <see langword="null"/> where there is neither.
    /// </summary>
    public string? QueryName => FirstOf(QueryNames);

    /// <summary>
    /// The name of the prompt for documents: <c>document</c>, <c>passage</c> or <c>corpus</c>, else the default; <see langword="null"/>
    /// where there is none of them.
    /// </summary>
    public string? DocumentName => FirstOf(DocumentNames);

    /// <summary>The text that goes before each text of a call.</summary>
    /// <param name="prompt">The text itself, or <see langword="null"/>; an empty one switches the default off.</param>
    /// <param name="promptName">The name of one of the model's prompts, or <see langword="null"/>.</param>
    /// <returns>The text; empty where nothing goes before.</returns>
    /// <exception cref="ArgumentException">Both are given, or the model has no prompt of that name.</exception>
    public string Resolve(string? prompt, string? promptName)
    {
        if (prompt is not null && promptName is not null)
        {
            throw new ArgumentException("Both a prompt and the name of one are given; expected one of them.");
        }

        return prompt ?? ((promptName ?? DefaultName) is { } name ? Text(name) : "");
    }

    private string Text(string name) => Named.TryGetValue(name, out var text)
        ? text
        : throw new ArgumentException(
            $"The model has no prompt named '{name}'; expected " +
            (Named.Count == 0 ? "none: it has no prompts." : $"one of {string.Join(", ", Named.Keys.Select(known => $"'{known}'"))}."));

    private string? FirstOf(string[] names) => Array.Find(names, Named.ContainsKey) ?? DefaultName;
}
