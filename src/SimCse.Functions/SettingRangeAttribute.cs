using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace SimCse.Functions;

/// <summary>A setting's range. The validator's generator replaces <see cref="RangeAttribute"/> by one without its message.</summary>
/// <param name="setting">The setting's name as users write it: <c>Embed__MaxTexts</c>.</param>
/// <param name="minimum">The smallest allowed value.</param>
/// <param name="maximum">The largest allowed value.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingRangeAttribute(string setting, int minimum, int maximum) : ValidationAttribute
{
    public string Setting => setting;

    public int Minimum => minimum;

    public int Maximum => maximum;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is int number && (number < minimum || number > maximum)
        ? new ValidationResult(
            string.Create(CultureInfo.InvariantCulture, $"The setting {setting} is {number}; expected {minimum} to {maximum}."))
        : ValidationResult.Success;
}
