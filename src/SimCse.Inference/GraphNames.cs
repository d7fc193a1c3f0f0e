namespace SimCse.Inference;

/// <summary>The names of the graph's input and output, for writing it and for running it.</summary>
public static class GraphNames
{
    /// <summary>int32 [batch, length]: sequences of equal length, [CLS] first, no padding.</summary>
    public const string InputIds = "input_ids";

    /// <summary>float32 [batch, dimension].</summary>
    public const string SentenceEmbedding = "sentence_embedding";
}
