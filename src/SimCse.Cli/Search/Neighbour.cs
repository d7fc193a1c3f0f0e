namespace SimCse.Cli.Search;

/// <summary>A row with a vector, and how near it is to the wanted vector.</summary>
/// <param name="Score">The cosine similarity, from -1 to 1.</param>
/// <param name="Id">The id of the row.</param>
/// <param name="Line">The line in the row's source.</param>
/// <param name="Text">The text, or <see langword="null"/> where the file holds no texts.</param>
/// <param name="File">The file that holds the row.</param>
internal readonly record struct Neighbour(float Score, string Id, long Line, string? Text, VectorFile File);
