using System.Diagnostics;
using Microsoft.Extensions.Options;
using SimCse.Functions.Embed;
using SimCse.Functions.Health;
using SimCse.Inference;
using SimCse.Jobs.Storage;

namespace SimCse.Functions.Model;

/// <summary>Loads the model in the background and logs the result.</summary>
internal sealed class ModelLoader(
    IOptions<ModelOptions> options, IOptions<InferenceOptions> inference, IOptions<EmbedOptions> embed, Lazy<JobStorage> storage,
    StartupTimes startup,
    ILogger<ModelLoader> logger)
{
    private readonly ModelOptions _options = options.Value;

    /// <summary>A description for people: the folder, or the prefix in the container.</summary>
    private string Place => _options.Blob.Length > 0 ? $"{storage.Value.Models.Name}/{_options.Blob}" : Folder;

    private string Folder => Path.GetFullPath(_options.Bundle, AppContext.BaseDirectory);

    private SentenceEncoderOptions Options => new() { Device = inference.Value.ToDevice(), MaxWait = embed.Value.MaxWait };

    /// <summary>Creates the encoder without starting it; <see cref="Startup"/> starts it.</summary>
    public WarmEncoder Create() => new(Load);

    public void Start(WarmEncoder encoder)
    {
        encoder.Start();
        _ = ReportAsync(encoder, Stopwatch.StartNew());
    }

    /// <summary>Opens the bundle. A downloaded one is verified; one in a folder is verified while it is loaded.</summary>
    private Bundle Open()
    {
        // Blocking is acceptable here, because loading uses a pool thread of its own, and only once.
        var bundle = _options.Blob.Length > 0
            ? new BundleDownload(storage.Value.Models, _options.Blob, Cache, BundleDownload.DefaultDelays, logger)
                .OpenAsync(default).GetAwaiter().GetResult()
            : Bundle.OpenUnverified(Folder);
        return _options.Fingerprint.Length == 0 || bundle.Model.Fingerprint == _options.Fingerprint
            ? bundle
            : throw new InvalidDataException(
                $"The bundle in {Place} has fingerprint {bundle.Model.Fingerprint}; the setting Model__Fingerprint expects " +
                $"{_options.Fingerprint}.");
    }

    private static string Cache => Path.Combine(Path.GetTempPath(), "simcse-models");

    private SentenceEncoder Load()
    {
        var bundle = Open();
        startup.Reached(StartupTimes.Bundle);
        return SentenceEncoder.Load(bundle, Options, part => startup.Reached(part switch
        {
            EncoderPart.Tokenizer => StartupTimes.Tokenizer,
            EncoderPart.Session => StartupTimes.Session,
            _ => StartupTimes.Verified,
        }));
    }

    private async Task ReportAsync(WarmEncoder encoder, Stopwatch watch)
    {
        try
        {
            var loaded = await encoder.GetAsync();
            startup.Reached(StartupTimes.Warm);
            var bundle = loaded.Bundle;
            Log.ModelReady(logger, bundle.Model.Name, bundle.Model.Fingerprint, loaded.Device.Name(), watch.Elapsed.TotalSeconds);
            if (loaded.DeviceWarning is { } warning)
            {
                Log.DeviceFallback(logger, warning);
            }

            if (loaded.PrecisionWarning is { } mismatch)
            {
                Log.PrecisionMismatch(logger, mismatch);
            }

            if (loaded.OverflowWarning is { } overflow)
            {
                Log.PrecisionMismatch(logger, overflow);
            }

            if (bundle.Model.Untrained)
            {
                Log.ModelUntrained(logger, bundle.Model.Name);
            }
        }
        catch (InvalidOperationException e)
        {
            Log.ModelFailed(logger, Place, e.Message);
        }
    }
}
