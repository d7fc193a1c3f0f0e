using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimCse.Inference;

/// <summary>
/// <c>tuning.json</c> beside a bundle's files: how batches run fastest on a machine, as <c>simcse bench tune</c> measured it. It changes no
/// vector beyond what batches do anyway, so that the fingerprint leaves it out; on a machine with another number of processors it is not
/// used.
/// </summary>
/// <param name="Processors">That the process could use when it was measured.</param>
/// <param name="Lanes">Batches that run at once.</param>
/// <param name="ThreadsPerLane">Threads of one run.</param>
/// <param name="MaxTokensPerBatch">Ids in one batch at most.</param>
public sealed record EncoderTuning(int Processors, int Lanes, int ThreadsPerLane, int MaxTokensPerBatch)
{
    public const string FileName = "tuning.json";

    /// <summary>What was measured for this bundle on as many processors as there are now, if anything was.</summary>
    /// <exception cref="InvalidDataException">The file is there and makes no sense.</exception>
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

    /// <summary>Writes the file; one that stands there is replaced.</summary>
    public void Save(string bundleFolder) =>
        File.WriteAllText(Path.Combine(bundleFolder, FileName), JsonSerializer.Serialize(this, TuningJson.Default.EncoderTuning) + "\n");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IndentSize = 2, NewLine = "\n",
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EncoderTuning))]
internal sealed partial class TuningJson : JsonSerializerContext;
