namespace SimCse.Inference;

/// <summary>The parts of an encoder that are loaded.</summary>
public enum EncoderPart
{
    /// <summary>Vocabulary and dictionary.</summary>
    Tokenizer,

    /// <summary>ONNX Runtime's session over the graph and its weights.</summary>
    Session,
}
