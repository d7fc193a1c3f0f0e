using Microsoft.Extensions.Options;

namespace SimCse.Functions.Embed;

/// <summary>Settings under <c>Embed</c> that limit requests. Larger work should be submitted as a job.</summary>
public sealed class EmbedOptions
{
    public const string Section = "Embed";

    /// <summary>The most texts in one request; as many as OpenAI allows.</summary>
    [SettingRange("Embed__MaxTexts", 1, 16_384)]
    public int MaxTexts { get; set; } = 2048;

    /// <summary>The most UTF-16 characters in one text, before truncation.</summary>
    [SettingRange("Embed__MaxCharacters", 1, 1 << 20)]
    public int MaxCharacters { get; set; } = 1 << 16;

    /// <summary>The most bytes in a request's body.</summary>
    [SettingRange("Embed__MaxBodyBytes", 1 << 10, 64 << 20)]
    public int MaxBodyBytes { get; set; } = 16 << 20;

    /// <summary>The most seconds that a request may have to wait for those before it. One that would wait longer gets 429.</summary>
    [SettingRange("Embed__MaxWaitSeconds", 1, 1800)]
    public int MaxWaitSeconds { get; set; } = 180;

    public TimeSpan MaxWait => TimeSpan.FromSeconds(MaxWaitSeconds);
}

[OptionsValidator]
internal sealed partial class EmbedOptionsValidator : IValidateOptions<EmbedOptions>;
