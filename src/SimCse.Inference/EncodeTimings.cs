namespace SimCse.Inference;

/// <summary>How the time of one call was spent.</summary>
/// <param name="Tokenization">The time from the texts to their ids, for all texts.</param>
/// <param name="Queue">The time from the ids to the start of a text's batch; the mean over the texts that were run.</param>
/// <param name="Inference">The time of a text's batch; the mean over the texts that were run.</param>
public readonly record struct EncodeTimings(TimeSpan Tokenization, TimeSpan Queue, TimeSpan Inference);
