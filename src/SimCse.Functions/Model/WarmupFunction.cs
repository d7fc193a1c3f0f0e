using SimCse.Inference;

namespace SimCse.Functions.Model;

/// <summary>Waits until the model is warm.</summary>
public sealed class WarmupFunction(WarmEncoder encoder)
{
    [Function("Warmup")]
    public Task RunAsync([WarmupTrigger] object context, CancellationToken cancellationToken) => encoder.GetAsync(cancellationToken);
}
