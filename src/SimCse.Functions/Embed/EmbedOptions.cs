using Microsoft.Extensions.Options;

namespace SimCse.Functions.Embed;

/// <summary>Settings under <c>Embed</c> that limit requests. Larger work should be submitted as a job.</summary>
public sealed class EmbedOptions
{
    public const string Section = "Embed";

    /// <summary>The most texts in one request.</summary>
    [SettingRange("Embed__MaxTexts", 1, 16_384)]
    public int MaxTexts { get; set; } = 256;

    /// <summary>The most UTF-16 characters in one text, before truncation.</summary>
    [SettingRange("Embed__MaxCharacters", 1, 1 << 20)]
    public int MaxCharacters { get; set; } = 1 << 16;

    /// <summary>The most bytes in a request's body.</summary>
    [SettingRange("Embed__MaxBodyBytes", 1 << 10, 64 << 20)]
    public int MaxBodyBytes { get; set; } = 4 << 20;

    /// <summary>The most texts of all requests that may wait for the model. Requests beyond them get 429.</summary>
    [SettingRange("Embed__MaxWaitingTexts", 1, 1 << 20)]
    public int MaxWaitingTexts { get; set; } = 1024;
}

[OptionsValidator]
internal sealed partial class EmbedOptionsValidator : IValidateOptions<EmbedOptions>;
