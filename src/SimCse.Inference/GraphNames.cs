namespace SimCse.Inference;

/// <summary>The names of the graph's inputs and output, for writing it and for running it.</summary>
public static class GraphNames
{
    /// <summary>int32 [batch, length]: sequences of equal length, [CLS] first, no padding.</summary>
    public const string InputIds = "input_ids";

    /// <summary>
    /// int32 [batch]: how many positions of each sequence, from the first, the pooling leaves out. Only graphs of
    /// <see cref="BundleManifest.PoolsWithoutPrompt"/> have it.
    /// </summary>
    public const string PromptLength = "prompt_length";

    /// <summary>float32 [batch, dimension].</summary>
    public const string SentenceEmbedding = "sentence_embedding";
}
