namespace SimCse.Jobs.Sources;

/// <summary>What a source is found to be when it is read once.</summary>
/// <param name="Charset">The charset of the bytes that shards read.</param>
/// <param name="LineEnd">Where lines end.</param>
internal readonly record struct SurveyResult(string Charset, LineEnd LineEnd);
