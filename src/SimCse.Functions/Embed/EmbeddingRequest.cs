namespace SimCse.Functions.Embed;

/// <summary>The options that all routes for vectors have in common.</summary>
/// <param name="Inputs">The inputs to encode.</param>
/// <param name="Normalize">Whether to scale each vector to length 1.</param>
/// <param name="Dimensions">The number of first components to keep; <see langword="null"/> keeps all.</param>
/// <param name="Truncate">Whether to cut inputs that are too long for the model; otherwise they are refused.</param>
/// <param name="TruncateLeft">Whether to cut at the beginning instead of the end.</param>
/// <param name="Prompt">What goes before each text; <see langword="null"/> is the model's default.</param>
internal sealed record EmbeddingRequest(
    EmbeddingInputs Inputs, bool Normalize = true, int? Dimensions = null, bool Truncate = true, bool TruncateLeft = false,
    RequestPrompt? Prompt = null);
