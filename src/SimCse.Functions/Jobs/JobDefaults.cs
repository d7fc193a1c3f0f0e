using Microsoft.Extensions.Options;
using SimCse.Jobs.State;

namespace SimCse.Functions.Jobs;

/// <summary>Settings under <c>Jobs</c>: options of jobs that were started without any, by an event.</summary>
public sealed class JobDefaults
{
    public const string Section = "Jobs";

    /// <summary>More than any model has; the loaded one's own limit is checked when a job is planned.</summary>
    private const int MaxDimensions = 1 << 16;

    /// <summary>Scale each vector to length 1.</summary>
    public bool Normalize { get; set; }

    /// <summary>Keep the first so many components; <see langword="null"/> keeps all.</summary>
    [SettingRange("Jobs__Dimensions", 1, MaxDimensions)]
    public int? Dimensions { get; set; }

    /// <summary>Write the column <c>text</c>.</summary>
    public bool IncludeText { get; set; } = true;

    public JobOptions ToOptions() => new() { Normalize = Normalize, Dimensions = Dimensions, IncludeText = IncludeText };
}

[OptionsValidator]
internal sealed partial class JobDefaultsValidator : IValidateOptions<JobDefaults>;
