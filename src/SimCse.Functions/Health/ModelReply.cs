using SimCse.Inference;

namespace SimCse.Functions.Health;

/// <summary>The model that is loaded, and what it runs on.</summary>
internal sealed record ModelReply : ModelDescription
{
    public ModelReply(ModelDescription model, InferenceDevice device)
        : base(model) => Device = device.Name();

    public string Device { get; }
}
