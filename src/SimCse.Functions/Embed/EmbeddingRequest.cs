namespace SimCse.Functions.Embed;

/// <summary>What the routes that give vectors have in common.</summary>
/// <param name="Inputs">What to encode.</param>
/// <param name="Normalize">Scale each vector to length 1.</param>
/// <param name="Dimensions">Keep the first so many components; <see langword="null"/> keeps all.</param>
/// <param name="Truncate">Cut what is too long for the model; otherwise it is refused.</param>
/// <param name="TruncateLeft">Cut at the beginning instead of the end.</param>
internal sealed record EmbeddingRequest(
    EmbeddingInputs Inputs, bool Normalize = true, int? Dimensions = null, bool Truncate = true, bool TruncateLeft = false);
