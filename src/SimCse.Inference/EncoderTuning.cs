using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimCse.Inference;

/// <summary>
/// <c>tuning.json</c> beside a bundle's files: how batches run fastest on a machine, as <c>simcse bench tune</c> measured it. It changes
/// vectors no more than batches do anyway, so the fingerprint leaves it out. A machine with another number of processors ignores it.
/// </summary>
/// <param name="Processors">The number of processors that the process could use during the measurement.</param>
/// <param name="Lanes">The number of batches that run at once.</param>
/// <param name="ThreadsPerLane">The number of threads of one run.</param>
/// <param name="MaxTokensPerBatch">The most ids in one batch.</param>
public sealed record EncoderTuning(int Processors, int Lanes, int ThreadsPerLane, int MaxTokensPerBatch)
{
    public const string FileName = "tuning.json";

    /// <summary>The tuning measured for this bundle with this number of processors; <see langword="null"/> when there is none.</summary>
    /// <exception cref="InvalidDataException">The file exists, but its content is not valid.</exception>
    public static EncoderTuning? Find(string bundleFolder, int processors)
    {
        var path = Path.Combine(bundleFolder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var tuning = JsonSerializer.Deserialize(File.ReadAllBytes(path), TuningJson.Default.EncoderTuning);
            return tuning is { Lanes: > 0, ThreadsPerLane: > 0, MaxTokensPerBatch: > 0 }
                ? tuning.Processors == processors ? tuning : null
                : throw new JsonException("expected lanes, threadsPerLane and maxTokensPerBatch above 0");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not what 'simcse bench tune' writes: {e.Message} Remove it, or measure again.", e);
        }
    }

    /// <summary>Writes the file; an existing one is replaced.</summary>
    public void Save(string bundleFolder) =>
        File.WriteAllText(Path.Combine(bundleFolder, FileName), JsonSerializer.Serialize(this, TuningJson.Default.EncoderTuning) + "\n");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IndentSize = 2, NewLine = "\n",
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EncoderTuning))]
internal sealed partial class TuningJson : JsonSerializerContext;
