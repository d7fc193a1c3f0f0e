using Microsoft.Extensions.Options;
using SimCse.Jobs.State;

namespace SimCse.Functions.Jobs;

/// <summary>Settings under <c>Jobs</c>: the options of jobs that an event started, and that have none of their own.</summary>
public sealed class JobDefaults
{
    public const string Section = "Jobs";

    /// <summary>More dimensions than any model has. The planner checks the limit of the loaded model.</summary>
    private const int MaxDimensions = 1 << 16;

    /// <summary>Whether to scale each vector to length 1.</summary>
    public bool Normalize { get; set; }

    /// <summary>The number of first components to keep; <see langword="null"/> keeps all.</summary>
    [SettingRange("Jobs__Dimensions", 1, MaxDimensions)]
    public int? Dimensions { get; set; }

    /// <summary>Whether to write the column <c>text</c>.</summary>
    public bool IncludeText { get; set; } = true;

    public JobOptions ToOptions() => new() { Normalize = Normalize, Dimensions = Dimensions, IncludeText = IncludeText };
}

[OptionsValidator]
internal sealed partial class JobDefaultsValidator : IValidateOptions<JobDefaults>;
