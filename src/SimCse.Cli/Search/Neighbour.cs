namespace SimCse.Cli.Search;

/// <summary>A row of a part and how near its vector is to the one asked for.</summary>
/// <param name="Score">Cosine similarity, -1 to 1.</param>
/// <param name="Id">Of the row.</param>
/// <param name="Line">In its source.</param>
/// <param name="Text"><see langword="null"/> where the part holds no texts.</param>
/// <param name="File">The part.</param>
internal readonly record struct Neighbour(float Score, string Id, long Line, string? Text, string File);
