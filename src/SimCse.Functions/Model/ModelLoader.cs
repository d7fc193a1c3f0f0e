using System.Diagnostics;
using Microsoft.Extensions.Options;
using SimCse.Functions.Embed;
using SimCse.Functions.Health;
using SimCse.Inference;
using SimCse.Jobs.Storage;

namespace SimCse.Functions.Model;

/// <summary>Loads the model behind the functions and says how that went.</summary>
internal sealed class ModelLoader(
    IOptions<ModelOptions> options, IOptions<InferenceOptions> inference, IOptions<EmbedOptions> embed, Lazy<JobStorage> storage,
    StartupTimes startup,
    ILogger<ModelLoader> logger)
{
    private readonly ModelOptions _options = options.Value;

    /// <summary>For people: the folder, or the prefix in the container.</summary>
    private string Place => _options.Blob.Length > 0 ? $"{storage.Value.Models.Name}/{_options.Blob}" : Folder;

    private string Folder => Path.GetFullPath(_options.Bundle, AppContext.BaseDirectory);

    private SentenceEncoderOptions Options => new() { Device = inference.Value.ToDevice(), MaxWaitingTexts = embed.Value.MaxWaitingTexts };

    /// <summary>Not started: <see cref="Startup"/> does that.</summary>
    public WarmEncoder Create()
    {
        var verification = Task.CompletedTask;
        return new WarmEncoder(() => Load(out verification), () => verification);
    }

    public void Start(WarmEncoder encoder)
    {
        encoder.Start();
        _ = ReportAsync(encoder, Stopwatch.StartNew());
    }

    /// <summary>What was downloaded is verified; what lies in a folder is not yet.</summary>
    private Bundle Open()
    {
        // Waiting is all right here: loading has a thread of the pool for itself, once.
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

    /// <summary>Hashes the bundle's files while the encoder is made of them and warmed up: no vector leaves before all is done.</summary>
    private SentenceEncoder Load(out Task verification)
    {
        verification = Task.CompletedTask;
        var bundle = Open();
        startup.Reached(StartupTimes.Bundle);
        if (_options.Blob.Length == 0)
        {
            verification = Task.Run(() => Verify(bundle));
        }

        return SentenceEncoder.Load(
            bundle, Options, part => startup.Reached(part == EncoderPart.Tokenizer ? StartupTimes.Tokenizer : StartupTimes.Session));
    }

    private void Verify(Bundle bundle)
    {
        bundle.VerifyCovered();
        startup.Reached(StartupTimes.Verified);
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
