using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace SimCse.Functions;

/// <summary>Bounds of a setting. The validator's generator replaces <see cref="RangeAttribute"/> by one that ignores its message.</summary>
/// <param name="setting">Its name as users write it: <c>Embed__MaxTexts</c>.</param>
/// <param name="minimum">Inclusive.</param>
/// <param name="maximum">Inclusive.</param>
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
