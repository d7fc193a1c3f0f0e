using System.Diagnostics;
using Microsoft.Extensions.Options;
using SimCse.Inference;

namespace SimCse.Functions;

/// <summary>Loads the model behind the open port and says how that went.</summary>
internal sealed class ModelLoader(IOptions<ModelOptions> options, ILogger<ModelLoader> logger)
{
    private readonly string _folder = Path.GetFullPath(options.Value.Bundle, AppContext.BaseDirectory);

    /// <summary>Not started: the port comes first.</summary>
    public WarmEncoder Create() => new(() => SentenceEncoder.Load(Bundle.Open(_folder)));

    public void Start(WarmEncoder encoder)
    {
        encoder.Start();
        _ = ReportAsync(encoder, Stopwatch.StartNew());
    }

    private async Task ReportAsync(WarmEncoder encoder, Stopwatch watch)
    {
        try
        {
            var bundle = (await encoder.GetAsync()).Bundle;
            Log.ModelReady(logger, bundle.ModelName, bundle.Fingerprint, watch.Elapsed.TotalSeconds);
            if (bundle.Untrained)
            {
                Log.ModelUntrained(logger, bundle.ModelName);
            }
        }
        catch (InvalidOperationException e)
        {
            Log.ModelFailed(logger, _folder, e.Message);
        }
    }
}
