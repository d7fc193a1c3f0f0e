namespace SimCse.Jobs.State;

/// <summary>
/// <c>jobs/{job}/deleted.json</c>: the job is to be gone. It is written before anything is deleted and stays when all is, so that neither a
/// late event or message nor Reconcile begins the job anew; a user who submits the source does.
/// </summary>
/// <param name="Source">The job's source; empty when nobody knows it.</param>
/// <param name="SourceETag">The source's version.</param>
/// <param name="Reason">Who wants it.</param>
/// <param name="At">Since when.</param>
public sealed record DeletedJob(string Source, string SourceETag, string Reason, DateTimeOffset At);
