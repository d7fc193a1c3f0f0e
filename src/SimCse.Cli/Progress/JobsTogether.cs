using System.Globalization;
using SimCse.Cli.Output;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Progress;

/// <summary>The progress of many jobs as one. Not thread-safe.</summary>
internal sealed class JobsTogether(IReadOnlyList<WatchedJob> jobs) : IProgressLine
{
    private readonly JobRate _rate = new(TimeProvider.System);

    public string Name { get; } = Amount.Of(jobs.Count, "job");

    public bool HasBegun => jobs.Any(job => job.Status is not null);

    public bool IsFinished => jobs.All(job => job.IsFinished);

    /// <summary>Jobs count alike, because the texts of those that are not planned are unknown.</summary>
    public double Fraction => jobs.Average(job => job.IsFinished ? 1 : job.Fraction);

    public string Describe(bool briefly)
    {
        var known = jobs.Select(job => job.Status).OfType<JobStatus>().ToList();
        var (texts, done) = (known.Sum(job => job.Texts), known.Sum(job => job.TextsDone));
        _rate.Add(done);
        var (finished, failed) = (jobs.Count(job => job.IsFinished), known.Count(job => job.State == JobStatus.Failed));
        var left = known.Count == jobs.Count && !IsFinished ? _rate.TimeLeft(texts) : null;
        string[] parts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{finished:N0} finished"),
            .. failed > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{failed:N0} of them failed")] : Array.Empty<string>(),
            .. known.Count < jobs.Count
                ? [string.Create(CultureInfo.InvariantCulture, $"{jobs.Count - known.Count:N0} wait to be planned")]
                : Array.Empty<string>(),
            $"{Amount.Of(done)} of {Amount.Of(texts, "text")}",
            JobText.Rate(_rate.TextsPerSecond, left),
        ];
        return string.Join(", ", parts.Where(part => part.Length > 0));
    }
}
