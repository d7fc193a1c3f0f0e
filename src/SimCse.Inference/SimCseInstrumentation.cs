using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SimCse.Inference;

/// <summary>Metrics and traces of the encoder. Thread-safe.</summary>
public static class SimCseInstrumentation
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "SimCse.Inference";

    internal static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Texts = Meter.CreateCounter<long>(
        "simcse.texts", "{text}", "Texts encoded, duplicates counted.");

    internal static readonly Counter<long> Tokens =
        Meter.CreateCounter<long>("simcse.tokens", "{token}", "Ids that the model read, [CLS] and [SEP] included, duplicates not.");

    internal static readonly Counter<long> Batches = Meter.CreateCounter<long>("simcse.batches", "{batch}", "Runs of the session.");
}
