using System.Text.Json;
using System.Text.Json.Serialization;
using SimCse.Cli.CommandLine;

namespace SimCse.Cli.Cost;

/// <summary>What one instance of a way of hosting has and costs.</summary>
/// <param name="Name">As tables show it.</param>
/// <param name="Vcpus">Of one instance.</param>
/// <param name="Gib">Memory of one instance.</param>
/// <param name="VcpuHour">Price of a vCPU for an hour.</param>
/// <param name="GibHour">Price of a GiB for an hour.</param>
/// <param name="GpuHour">Price of the GPU for an hour; 0 without.</param>
/// <param name="GpuTextsPerSecond">Texts of a GPU in a second; <see langword="null"/> without one.</param>
/// <param name="Instances">As many as work at once unless the command says otherwise.</param>
/// <param name="Source">Where the prices are from.</param>
internal sealed record PlanPrice(
    string Name, int Vcpus, double Gib, double VcpuHour, double GibHour, double GpuHour, double? GpuTextsPerSecond, int Instances,
    string Source)
{
    /// <summary>Price of one instance for one hour.</summary>
    public double InstanceHour => (Vcpus * VcpuHour) + (Gib * GibHour) + GpuHour;
}

/// <summary>Prices with their date, which are inputs and not knowledge.</summary>
/// <param name="Currency">Of every price.</param>
/// <param name="AsOf">When they were written down.</param>
/// <param name="Status">What they are, in a word or two.</param>
/// <param name="Note">What to think of them.</param>
/// <param name="Plans">In the order of the table.</param>
internal sealed record PriceList(string Currency, string AsOf, string Status, string Note, IReadOnlyList<PlanPrice> Plans)
{
    public static string DefaultPath => Path.Combine(AppContext.BaseDirectory, "prices.json");

    /// <exception cref="CliException">The file is missing or not of this form.</exception>
    public static PriceList Read(string path)
    {
        try
        {
            var list = JsonSerializer.Deserialize(File.ReadAllBytes(path), PriceJson.Default.PriceList)!;
            return list.Plans.Count > 0 && list.Plans.All(plan => plan is { Vcpus: > 0, Instances: > 0, InstanceHour: >= 0 })
                ? list
                : throw new CliException($"{path} has no plans, or one without vCPUs or instances.");
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new CliException($"The prices in {path} cannot be read: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy =
        JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(PriceList))]
internal sealed partial class PriceJson : JsonSerializerContext;
