using System.Text.Json;
using System.Text.Json.Serialization;
using SimCse.Cli.CommandLine;

namespace SimCse.Cli.Cost;

/// <summary>The resources and prices of one instance on a hosting plan.</summary>
/// <param name="Name">The name that tables show.</param>
/// <param name="Vcpus">The number of vCPUs of one instance.</param>
/// <param name="Gib">The memory of one instance, in GiB.</param>
/// <param name="VcpuHour">The price of one vCPU for one hour.</param>
/// <param name="GibHour">The price of one GiB of memory for one hour.</param>
/// <param name="GpuHour">The price of the GPU for one hour; 0 without a GPU.</param>
/// <param name="GpuTokensPerSecond">The tokens per second of the GPU; <see langword="null"/> without one.</param>
/// <param name="Instances">The number of instances that work at the same time, unless the command says otherwise.</param>
/// <param name="Source">The source of the prices.</param>
internal sealed record PlanPrice(
    string Name, int Vcpus, double Gib, double VcpuHour, double GibHour, double GpuHour, double? GpuTokensPerSecond, int Instances,
    string Source)
{
    /// <summary>The price of one instance for one hour.</summary>
    public double InstanceHour => (Vcpus * VcpuHour) + (Gib * GibHour) + GpuHour;
}

/// <summary>Prices and their date. They are inputs that a user may have to correct.</summary>
/// <param name="Currency">The currency of every price.</param>
/// <param name="AsOf">The date on which the prices were written down.</param>
/// <param name="Status">A word or two on what kind of prices these are.</param>
/// <param name="Note">A remark on how far the prices can be trusted.</param>
/// <param name="Plans">The plans, in the order of the table.</param>
internal sealed record PriceList(string Currency, string AsOf, string Status, string Note, IReadOnlyList<PlanPrice> Plans)
{
    public static string DefaultPath => Path.Combine(AppContext.BaseDirectory, "prices.json");

    /// <exception cref="CliException">The file is missing or does not have this form.</exception>
    public static PriceList Read(string path)
    {
        try
        {
            var list = JsonSerializer.Deserialize(File.ReadAllBytes(path), PriceJson.Default.PriceList)!;
            return list.Plans.Count > 0 && list.Plans.All(plan => plan is { Vcpus: > 0, Instances: > 0, InstanceHour: >= 0 })
                ? list
                : throw new CliException($"{path} has no plans, or one without vCPUs or instances.");
        }
        catch (JsonException e)
        {
            throw new CliException(
                $"The prices in {path} cannot be read: line {e.LineNumber + 1} is not as in {DefaultPath}, which has the form.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"The prices in {path} cannot be read: {SystemError.Describe(e)}.", e);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy =
        JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PriceList))]
internal sealed partial class PriceJson : JsonSerializerContext;
