using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SimCse.Functions.Http;

/// <summary>Settings under <c>Http</c>.</summary>
internal sealed class HttpOptions : IValidatableObject
{
    public const string Section = "Http";

    private const int MinKeyLength = 16;

    /// <summary>
    /// Keys, with commas or spaces between them, that the app itself asks for, as <see cref="RequestKeys"/> says; empty leaves keys to the
    /// host.
    /// </summary>
    public string Keys { get; set; } = "";

    internal string[] KeyList => Keys.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (KeyList.FirstOrDefault(key => key.Length < MinKeyLength) is { } guessable)
        {
            yield return new ValidationResult(
                $"A key in the setting Http__Keys has {guessable.Length} characters; expected {MinKeyLength} at least.");
        }

        if (Keys.Length > 0 && KeyList.Length == 0)
        {
            yield return new ValidationResult("The setting Http__Keys holds no key; expected one, or no setting.");
        }
    }
}

[OptionsValidator]
internal sealed partial class HttpOptionsValidator : IValidateOptions<HttpOptions>;
