using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SimCse.Jobs.Storage;

namespace SimCse.Functions.Model;

/// <summary>Settings under <c>Model</c>: one of two places to load the bundle from, and the fingerprint that it must have.</summary>
internal sealed class ModelOptions : IValidatableObject
{
    public const string Section = "Model";

    private const int FingerprintLength = 64;

    /// <summary>The bundle's folder. A relative path starts at the app's own folder.</summary>
    public string Bundle { get; set; } = "";

    /// <summary>The bundle's prefix in the container <c>models</c>, from which it is downloaded at start.</summary>
    public string Blob { get; set; } = "";

    /// <summary>The fingerprint that the bundle must have; empty accepts any.</summary>
    public string Fingerprint { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Bundle.Length == 0 && Blob.Length == 0)
        {
            yield return new ValidationResult(
                "The setting Model__Bundle is missing; expected the folder of a bundle, or in Model__Blob the prefix of one in the " +
                "container models. `simcse model demo -o DIR` makes an untrained one in DIR/bundle to try things with.");
        }

        if (Bundle.Length > 0 && Blob.Length > 0)
        {
            yield return new ValidationResult($"Model__Bundle is '{Bundle}' and Model__Blob is '{Blob}'; expected one of them.");
        }

        if (Blob.Trim('/') is { Length: > 0 } prefix && BlobName.Problem(prefix) is { } problem)
        {
            yield return new ValidationResult($"Model__Blob is '{Blob}', which can be no blob's name: {problem}");
        }

        if (Fingerprint.Length > 0 && !(Fingerprint.Length == FingerprintLength && Fingerprint.All(char.IsAsciiHexDigitLower)))
        {
            yield return new ValidationResult(
                $"Model__Fingerprint is '{Fingerprint}'; expected {FingerprintLength} hexadecimal digits in lower case, as `simcse model " +
                "info` shows them.");
        }
    }
}

[OptionsValidator]
internal sealed partial class ModelOptionsValidator : IValidateOptions<ModelOptions>;
