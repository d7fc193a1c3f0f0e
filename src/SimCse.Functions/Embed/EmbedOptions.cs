using Microsoft.Extensions.Options;

namespace SimCse.Functions.Embed;

/// <summary>Settings under <c>Embed</c>: what requests may ask for. Larger work is a job's.</summary>
public sealed class EmbedOptions
{
    public const string Section = "Embed";

    /// <summary>Texts in one request.</summary>
    [SettingRange("Embed__MaxTexts", 1, 16_384)]
    public int MaxTexts { get; set; } = 256;

    /// <summary>UTF-16 characters in one text, before truncation.</summary>
    [SettingRange("Embed__MaxCharacters", 1, 1 << 20)]
    public int MaxCharacters { get; set; } = 1 << 16;

    /// <summary>Bytes in a request's body.</summary>
    [SettingRange("Embed__MaxBodyBytes", 1 << 10, 64 << 20)]
    public int MaxBodyBytes { get; set; } = 4 << 20;

    /// <summary>Texts of all requests that may wait for the model; beyond them requests are answered with 429.</summary>
    [SettingRange("Embed__MaxWaitingTexts", 1, 1 << 20)]
    public int MaxWaitingTexts { get; set; } = 1024;
}

[OptionsValidator]
internal sealed partial class EmbedOptionsValidator : IValidateOptions<EmbedOptions>;
