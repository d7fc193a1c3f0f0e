namespace SimCse.Models.Graphs;

/// <summary>What a product's input is within for every text, also for those that no calibration has seen.</summary>
/// <param name="Least">No value is below this; <see langword="null"/> where nothing is known.</param>
/// <param name="Hull">
/// The name of a value, […, channels], of whose rows every row of the input is a weighted mean. Its range bounds the input's, and is seen
/// sooner: a text of one word again and again makes the attention give the values themselves.
/// </param>
internal sealed record InputBounds(float? Least = null, string? Hull = null);
