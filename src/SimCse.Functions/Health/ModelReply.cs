using SimCse.Inference;

namespace SimCse.Functions.Health;

/// <summary>The model that is loaded.</summary>
internal sealed record ModelReply(
    string Name, string Fingerprint, int Dimension, int MaxSequenceLength, string Pooling, string Precision, bool Untrained, string Device)
{
    public static ModelReply Of(Bundle bundle, InferenceDevice device) => new(
        bundle.ModelName, bundle.Fingerprint, bundle.Dimension, bundle.MaxSequenceLength, bundle.Pooling, bundle.Precision,
        bundle.Untrained,
        device.Name());
}
