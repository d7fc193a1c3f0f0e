using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SimCse.Inference;

namespace SimCse.Functions.Model;

/// <summary>Settings under <c>Inference</c>.</summary>
internal sealed class InferenceOptions : IValidatableObject
{
    public const string Section = "Inference";

    /// <summary>The device: <c>auto</c>, <c>cpu</c> or <c>cuda</c>.</summary>
    public string Device { get; set; } = InferenceDevice.Auto.Name();

    /// <summary>The device that <see cref="Device"/> names, which must be validated before.</summary>
    public InferenceDevice ToDevice() => EnumNames.Find<InferenceDevice>(Device)!.Value;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (EnumNames.Find<InferenceDevice>(Device) is null)
        {
            yield return new ValidationResult(
                $"The setting Inference__Device is '{Device}'; expected {string.Join(", ", EnumNames.All<InferenceDevice>())}.");
        }
    }
}

[OptionsValidator]
internal sealed partial class InferenceOptionsValidator : IValidateOptions<InferenceOptions>;
