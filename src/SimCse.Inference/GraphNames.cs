namespace SimCse.Inference;

/// <summary>What the graph's ends are called, where it is written and where it is run.</summary>
public static class GraphNames
{
    /// <summary>int32 [batch, length]: sequences of equal length, [CLS] first, no padding.</summary>
    public const string InputIds = "input_ids";

    /// <summary>float32 [batch, dimension].</summary>
    public const string SentenceEmbedding = "sentence_embedding";
}
