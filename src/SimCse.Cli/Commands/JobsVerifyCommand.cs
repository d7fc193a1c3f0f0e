using System.CommandLine;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Progress;
using SimCse.Cli.Storage;
using SimCse.Jobs;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs verify</c>: reads all that a complete job has made, and proves it.</summary>
internal sealed class JobsVerifyCommand : CliCommand
{
    private readonly Argument<string> _job = new Argument<string>("ID|DIR")
    {
        Description = "The job's id as 'simcse jobs' shows it, or a folder that 'simcse jobs download' has filled.",
    }.NoOptions();

    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<bool> _json = CommonOptions.Json("what was found");

    public JobsVerifyCommand()
        : base(
            "verify",
            "Read everything that a complete job has made, and prove it: sizes and SHA-256, every row and vector, their order, that each " +
            "text is a row or an error row, and that all parts are of one model. Exit code 1 when something is wrong.")
    {
        Add(_job);
        _connection.AddTo(this);
        Add(_data);
        Add(_json);
        Examples = ["simcse jobs verify ID", "simcse jobs verify embeddings/texts.txt/ID --json"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var found = await VerifyAsync(context);
        if (context.Get(_json))
        {
            context.Terminal.Line(ToJson(found));
        }
        else if (found.Problems.Count > 0)
        {
            context.Terminal.Line(found.Problems);
            context.Terminal.Error(
                $"Job {found.Job} of {found.Source} is not as _SUCCESS says: {Amount.Of(found.Problems.Count, "problem")}.");
        }
        else
        {
            context.Terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"Job {found.Job} of {found.Source} is right: {Amount.Of(found.Texts, "text")} = {Amount.Of(found.Rows, "row")} + " +
                $"{Amount.Of(found.Errors, "error")}, in {Amount.Of(found.Parts, "part")} of {DownloadBar.Size(found.Bytes)}."));
        }

        return found.Problems.Count == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    private async Task<JobVerification> VerifyAsync(CliContext context)
    {
        var word = context.Get(_job)!;
        try
        {
            if (Directory.Exists(word))
            {
                return await JobClient.VerifyFolderAsync(word, cancellationToken: context.CancellationToken);
            }

            var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
            var status = await client.GetJobAsync(word, context.CancellationToken);
            return await JobParts.ShowAsync(
                client, status, context, progress => client.VerifyAsync(status.Job, progress, context.CancellationToken));
        }
        catch (PermanentJobException e)
        {
            throw new CliException(e.Message, e, ExitCodes.Refused);
        }
    }

    private static string ToJson(JobVerification found) => JsonLine.Write(json =>
    {
        json.WriteString("job", found.Job);
        json.WriteString("source", found.Source);
        json.WriteNumber("texts", found.Texts);
        json.WriteNumber("rows", found.Rows);
        json.WriteNumber("errors", found.Errors);
        json.WriteNumber("parts", found.Parts);
        json.WriteNumber("bytes", found.Bytes);
        json.WriteStrings("problems", found.Problems);
    });
}
