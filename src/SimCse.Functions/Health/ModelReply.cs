using SimCse.Inference;

namespace SimCse.Functions.Health;

/// <summary>The loaded model and the device that it runs on.</summary>
internal sealed record ModelReply : ModelDescription
{
    public ModelReply(ModelDescription model, InferenceDevice device)
        : base(model) => Device = device.Name();

    public string Device { get; }
}
