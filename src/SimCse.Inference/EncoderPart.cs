namespace SimCse.Inference;

/// <summary>What loading an encoder consists of.</summary>
public enum EncoderPart
{
    /// <summary>Vocabulary and dictionary.</summary>
    Tokenizer,

    /// <summary>ONNX Runtime's session over the graph and its weights.</summary>
    Session,

    /// <summary>The hashes of a bundle that was not verified before.</summary>
    Verified,
}
