using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SimCse.Functions;

/// <summary>Settings under <c>Model</c>.</summary>
internal sealed class ModelOptions
{
    public const string Section = "Model";

    /// <summary>The bundle's folder; a relative one starts at the app's own.</summary>
    [Required(ErrorMessage =
        "The setting Model__Bundle is missing; expected the folder of a bundle. " +
        "`simcse model demo -o DIR` makes an untrained one in DIR/bundle to try things with.")]
    public string Bundle { get; set; } = "";
}

[OptionsValidator]
internal sealed partial class ModelOptionsValidator : IValidateOptions<ModelOptions>;
