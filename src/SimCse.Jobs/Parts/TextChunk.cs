namespace SimCse.Jobs.Parts;

/// <summary>The place of a row's text in the text of its line, where long texts are split.</summary>
/// <param name="Number">The chunk's number in its line, from 0.</param>
/// <param name="Start">Where it begins, in Unicode code points from 0.</param>
/// <param name="Length">How many Unicode code points it has.</param>
public readonly record struct TextChunk(int Number, int Start, int Length);
