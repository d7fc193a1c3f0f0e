namespace SimCse.Jobs.State;

/// <summary>The result of a submission, with the job's id: it depends on the model, so only the planner knows it.</summary>
/// <param name="Job">The job's id; <see langword="null"/> when it is unknown because no model could be loaded.</param>
/// <param name="Error">Why the job could not be planned; <see langword="null"/> when it was planned.</param>
/// <param name="Unpacked">What the archive has become, instead of a job; <see langword="null"/> for other sources.</param>
public sealed record SubmissionResult(string? Job = null, string? Error = null, UnpackedZip? Unpacked = null);
