using Microsoft.Extensions.Options;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;

namespace SimCse.Functions.Jobs;

/// <summary>
/// Settings under <c>Jobs</c>: the options of jobs that have none of their own, what a change of them does, and the limits of planning.
/// </summary>
public sealed class JobDefaults
{
    public const string Section = "Jobs";

    /// <summary>More dimensions than any model has. The planner checks the limit of the loaded model.</summary>
    private const int MaxDimensions = 1 << 16;

    private const int MaxDays = 36_500;

    /// <summary>Whether to scale each vector to length 1.</summary>
    public bool Normalize { get; set; }

    /// <summary>The number of first components to keep; <see langword="null"/> keeps all.</summary>
    [SettingRange("Jobs__Dimensions", 1, MaxDimensions)]
    public int? Dimensions { get; set; }

    /// <summary>Whether to write the column <c>text</c>.</summary>
    public bool IncludeText { get; set; } = true;

    /// <summary>The name of the model's prompt that goes before each text; empty is the model's default.</summary>
    public string? PromptName { get; set; }

    /// <summary>
    /// What to do where instances compute differently: <c>label</c> writes into each part how it was computed, <c>strict</c> also leaves
    /// all shards of a job to instances that compute as the first one did.
    /// </summary>
    public string? Arithmetic { get; set; }

    /// <summary>
    /// How many lines of a source may fail before its job has failed: a number, or a share such as <c>5%</c>; empty asks only that one line
    /// could be encoded.
    /// </summary>
    public string? MaxErrors { get; set; }

    /// <summary>
    /// Options for sources whose names begin with a prefix, as a JSON object of prefixes and options; the longest prefix counts. What they
    /// do not name is as above.
    /// </summary>
    public string? Prefixes { get; set; }

    /// <summary>
    /// Whether all sources are encoded again when the model or the options above have changed. By default only new sources are.
    /// </summary>
    public bool PlanOldSources { get; set; }

    /// <summary>Patterns of names that are sources, between semicolons; empty admits all. See <see cref="SourceFilter"/>.</summary>
    public string? Include { get; set; }

    /// <summary>Patterns of names that are no sources.</summary>
    public string? Exclude { get; set; } = SourceFilter.DefaultExclude;

    /// <summary>How many days the output of an older version of a source is kept; <see langword="null"/> keeps it.</summary>
    [SettingRange("Jobs__KeepOldVersionsDays", 0, MaxDays)]
    public int? KeepOldVersionsDays { get; set; }

    /// <summary>
    /// Whether the results of a source stay current when the source is deleted, for accounts that delete texts once they are encoded. By
    /// default nobody is led to them any more; the parts themselves stay in both cases.
    /// </summary>
    public bool KeepDeletedSources { get; set; }

    /// <summary>How many days a failed or cancelled job is kept; <see langword="null"/> keeps it.</summary>
    [SettingRange("Jobs__KeepUnfinishedDays", 0, MaxDays)]
    public int? KeepUnfinishedDays { get; set; }

    /// <summary>How many minutes the planner reads one source at most; below the host's <c>functionTimeout</c>.</summary>
    [SettingRange("Jobs__MaxPlanMinutes", 1, 1440)]
    public int MaxPlanMinutes { get; set; } = (int)PlanLimits.Default.Time.TotalMinutes;

    /// <summary>How many times as large as the source the text of a compressed source may be.</summary>
    [SettingRange("Jobs__MaxExpansion", 1, 2000)]
    public int MaxExpansion { get; set; } = PlanLimits.Default.Expansion;

    /// <summary>
    /// Reads the settings. One that does not exist is refused: dropped in silence, it would not leave out what it was to.
    /// </summary>
    /// <exception cref="InvalidOperationException">A setting does not exist, or its value is of the wrong type.</exception>
    public static JobDefaults Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var section = configuration.GetSection(Section);
        string[] names = [.. typeof(JobDefaults).GetProperties().Select(property => property.Name)];
        if (section.GetChildren().FirstOrDefault(
            setting => !names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            var hint = NamedMembers.Nearest(unknown.Key, names) is { } nearest
                ? $"did you mean {Section}__{nearest}?"
                : $"expected {string.Join(" or ", names.Select(name => $"{Section}__{name}"))}.";
            throw new InvalidOperationException($"There is no setting {Section}__{unknown.Key}; {hint}");
        }

        return section.Get<JobDefaults>() ?? new JobDefaults();
    }

    public AppSettings ToSettings() => new(Include ?? "", Exclude ?? "", KeepOldVersionsDays, KeepUnfinishedDays, KeepDeletedSources);

    public PlanLimits ToLimits() => new(TimeSpan.FromMinutes(MaxPlanMinutes), MaxExpansion);

    /// <exception cref="InvalidOperationException"><see cref="MaxErrors"/> or <see cref="Prefixes"/> cannot be read.</exception>
    public DefaultOptions ToOptions()
    {
        var all = new JobOptions
        {
            Normalize = Normalize,
            Dimensions = Dimensions,
            IncludeText = IncludeText,
            MaxErrors = ReadMaxErrors(),
            PromptName = string.IsNullOrEmpty(PromptName) ? null : PromptName,
        };
        try
        {
            return new DefaultOptions(all, Prefixes);
        }
        catch (FormatException e)
        {
            throw new InvalidOperationException($"The setting Jobs__Prefixes cannot be read. {e.Message}", e);
        }
    }

    /// <summary>Whether <see cref="Arithmetic"/> is <c>strict</c>.</summary>
    /// <exception cref="InvalidOperationException">It is neither of its two values.</exception>
    public bool ToStrictArithmetic() => Arithmetic switch
    {
        null or "" or "label" => false,
        "strict" => true,
        _ => throw new InvalidOperationException($"The setting Jobs__Arithmetic is '{Arithmetic}'; expected label or strict."),
    };

    private ErrorLimit? ReadMaxErrors() => string.IsNullOrEmpty(MaxErrors) ? null
        : ErrorLimit.TryParse(MaxErrors, out var limit) ? limit
        : throw new InvalidOperationException($"The setting Jobs__MaxErrors is '{MaxErrors}'; expected {ErrorLimit.Expected}.");
}

[OptionsValidator]
internal sealed partial class JobDefaultsValidator : IValidateOptions<JobDefaults>;
