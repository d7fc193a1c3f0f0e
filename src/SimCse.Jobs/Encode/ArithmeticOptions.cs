using SimCse.Inference;

namespace SimCse.Jobs.Encode;

/// <summary>How an app deals with instances that compute differently.</summary>
/// <param name="IsStrict">Whether all shards of a job are computed in one arithmetic; otherwise parts are only labelled.</param>
internal sealed record ArithmeticOptions(bool IsStrict)
{
    /// <summary>How long a shard that was handed back stays out of sight, so that instances that cannot take it do not spin.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Names an encoder's arithmetic; tests pretend to be another machine.</summary>
    public Func<SentenceEncoder, string> NameOf { get; init; } = encoder => encoder.Arithmetic;
}
