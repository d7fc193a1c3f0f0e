using Microsoft.Extensions.Options;
using SimCse.Functions.Embed;
using SimCse.Functions.Http;
using SimCse.Inference;
using SimCse.Jobs;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Functions.Jobs;

/// <summary>The routes under <c>/api/jobs</c>: list jobs, show one, submit, retry, cancel.</summary>
public sealed class JobsFunction(
    JobClient client, IOptions<JobDefaults> defaults, WarmEncoder encoder)
{
    /// <summary>The state of a submission until its job is known.</summary>
    private const string Planning = "planning";

    internal static readonly Operations<JobsFunction> Operations = new(
        ("GET /api/jobs", (jobs, request) => jobs.ListAsync(request.HttpContext)),
        ("POST /api/jobs", (jobs, request) => jobs.SubmitAsync(request.HttpContext)),
        ("GET /api/jobs/{job}", (jobs, request) => jobs.GetAsync(request.HttpContext)),
        ("POST /api/jobs/{job}/retry", (jobs, request) => jobs.RetryAsync(request.HttpContext)),
        ("POST /api/jobs/{job}/cancel", (jobs, request) => jobs.CancelAsync(request.HttpContext)));

    [Function("Jobs")]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", "post", Route = "api/jobs/{job?}/{verb?}")] HttpRequest request) =>
        Operations.RunAsync(this, request, (request.RouteValues["job"], request.RouteValues["verb"]) switch
        {
            (null, _) => "/api/jobs",
            (_, null) => "/api/jobs/{job}",
            (_, var verb) => $"/api/jobs/{{job}}/{verb}",
        });

    /// <summary><c>GET /api/jobs?state=…&amp;source=…&amp;limit=…&amp;continuationToken=…</c></summary>
    private async Task<IResult> ListAsync(HttpContext context)
    {
        var (jobs, next) = await JobsQuery.Read(context.Request.Query).RunAsync(client, context.RequestAborted);
        var rejected = await client.ListRejectedAsync(context.RequestAborted);
        var unplanned = await client.CountUnplannedAsync(context.RequestAborted);
        return Replies.Json(new JobsReply(jobs, rejected, unplanned, next), Replies.Types.JobsReply);
    }

    /// <summary><c>GET /api/jobs/{job}</c>, which also accepts a submission in place of its job.</summary>
    private async Task<IResult> GetAsync(HttpContext context)
    {
        var id = Id(context);
        return IsSubmission(id)
            ? await GetSubmissionAsync(context, id)
            : Reply(StatusCodes.Status200OK, await client.GetAsync(await FindAsync(context), context.RequestAborted) ?? throw NoJob(id));
    }

    /// <summary><c>POST /api/jobs</c></summary>
    private async Task<IResult> SubmitAsync(HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        var request = await RequestFields.ReadAsync(
            context.Request, SubmitRequest.MaxBytes, SubmitRequest.Expected, fields =>
                SubmitRequest.Read(fields, defaults.Value.ToOptions()));
        await CheckSourceAsync(request.Source, cancellationToken);
        await CheckOptionsAsync(request.Options, cancellationToken);
        var submission = await client.SubmitAsync(request.Source, request.Options, cancellationToken: cancellationToken);
        context.Response.Headers.Location = $"/api/jobs/{submission}";
        return Reply(StatusCodes.Status202Accepted, new SubmissionReply(submission, Planning));
    }

    /// <summary><c>POST /api/jobs/{job}/retry</c></summary>
    private async Task<IResult> RetryAsync(HttpContext context)
    {
        var id = await FindAsync(context);
        var before = await TryRetryAsync(id, context.RequestAborted) ?? throw NoJob(id);
        if (before.RetryProblem() is { } problem)
        {
            throw HttpErrorException.Conflict(problem);
        }

        // A job whose plan failed, or whose manifest was broken, has no state until it is planned again.
        var now = await client.GetAsync(id, context.RequestAborted) is { State: not JobStatus.Unreadable } known
            ? known
            : before with { State = JobStatus.Running, Reason = null };
        return Reply(StatusCodes.Status202Accepted, now);
    }

    /// <summary><c>POST /api/jobs/{job}/cancel</c></summary>
    private async Task<IResult> CancelAsync(HttpContext context)
    {
        var id = await FindAsync(context);
        var status = await client.CancelAsync(id, context.RequestAborted) ?? throw NoJob(id);
        return Reply(StatusCodes.Status200OK, status.State == JobStatus.Cancelled
            ? status
            : throw HttpErrorException.Conflict(status.CancelProblem ?? $"Job {id} is {status.State}."));
    }

    private async Task<JobStatus?> TryRetryAsync(string job, CancellationToken cancellationToken)
    {
        try
        {
            return await client.RetryAsync(job, cancellationToken);
        }
        catch (PermanentJobException e)
        {
            throw HttpErrorException.Conflict(e.Message);
        }
    }

    private async Task<IResult> GetSubmissionAsync(HttpContext context, string submission)
    {
        var result = await client.TryGetSubmissionAsync(submission, context.RequestAborted);
        if (result?.Job is { } job && await client.GetAsync(job, context.RequestAborted) is { } status)
        {
            return Reply(StatusCodes.Status200OK, status);
        }

        return result?.Unpacked is { } archive
            ? Reply(StatusCodes.Status200OK, new SubmissionReply(submission, JobStatus.Succeeded, archive.Describe()))
            : result?.Error is { } reason
            ? Reply(StatusCodes.Status200OK, new SubmissionReply(submission, JobStatus.Failed, reason))
            : Reply(StatusCodes.Status202Accepted, new SubmissionReply(submission, Planning));
    }

    private async Task CheckSourceAsync(string source, CancellationToken cancellationToken)
    {
        try
        {
            SourceName.Check(source);
        }
        catch (NotSupportedException e)
        {
            throw HttpErrorException.Unacceptable(e.Message);
        }

        if (!await client.Storage.Texts.GetBlobClient(source).ExistsAsync(cancellationToken))
        {
            throw HttpErrorException.NotFound($"There is no source '{source}' in the container '{StorageNames.Texts}'; upload it first.");
        }
    }

    /// <summary>Before the model is loaded, only the planner can find out that it has fewer dimensions, or lacks a prompt.</summary>
    private async Task CheckOptionsAsync(JobOptions? options, CancellationToken cancellationToken)
    {
        if (options is not null && encoder.Status.State == WarmEncoderState.Ready)
        {
            var bundle = (await encoder.GetAsync(cancellationToken)).Bundle;
            try
            {
                new EncodeOptions { Dimensions = options.Dimensions }.OutputDimension(bundle.Model.Dimension);
                new RequestPrompt(options.Prompt, options.PromptName).Resolve(bundle.Prompts);
            }
            catch (ArgumentException e)
            {
                throw HttpErrorException.Unacceptable(e.Message);
            }
        }
    }

    private static IResult Reply(int status, JobStatus job) => Replies.Json(job, Replies.Types.JobStatus, status);

    private static IResult Reply(int status, SubmissionReply submission) => Replies.Json(submission, Replies.Types.SubmissionReply, status);

    /// <summary>The job that the path names by its id, the beginning of it, or its submission.</summary>
    private async Task<string> FindAsync(HttpContext context)
    {
        var found = await client.FindAsync(Id(context), context.RequestAborted);
        return found.Job ?? throw (found.IsPlanning
            ? HttpErrorException.Conflict(found.Problem!)
            : HttpErrorException.NotFound(found.Problem!));
    }

    private static string Id(HttpContext context) => (string)context.Request.RouteValues["job"]!;

    private static bool IsSubmission(string id) => Guid.TryParseExact(id, "N", out _);

    private static HttpErrorException NoJob(string id) => HttpErrorException.NotFound($"There is no job {id}.");
}
