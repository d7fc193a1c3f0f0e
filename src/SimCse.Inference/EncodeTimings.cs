namespace SimCse.Inference;

/// <summary>Where the time of one call went.</summary>
/// <param name="Tokenization">From texts to ids, for all of them.</param>
/// <param name="Queue">From ids to the start of a text's batch; the mean over the texts that were run.</param>
/// <param name="Inference">Of a text's batch; the mean over the texts that were run.</param>
public readonly record struct EncodeTimings(TimeSpan Tokenization, TimeSpan Queue, TimeSpan Inference);
