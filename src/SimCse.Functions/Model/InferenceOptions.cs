using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SimCse.Inference;

namespace SimCse.Functions.Model;

/// <summary>Settings under <c>Inference</c>.</summary>
internal sealed class InferenceOptions : IValidatableObject
{
    public const string Section = "Inference";

    private static readonly InferenceDevice[] Devices = Enum.GetValues<InferenceDevice>();

    /// <summary><c>auto</c>, <c>cpu</c> or <c>cuda</c>.</summary>
    public string Device { get; set; } = InferenceDevice.Auto.Name();

    /// <summary>The device that <see cref="Device"/> names, once it is validated.</summary>
    public InferenceDevice ToDevice() => Devices.Single(Names);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Devices.Any(Names))
        {
            yield return new ValidationResult(
                $"The setting Inference__Device is '{Device}'; expected {string.Join(", ", Devices.Select(device => device.Name()))}.");
        }
    }

    private bool Names(InferenceDevice device) => string.Equals(device.Name(), Device, StringComparison.OrdinalIgnoreCase);
}

[OptionsValidator]
internal sealed partial class InferenceOptionsValidator : IValidateOptions<InferenceOptions>;
