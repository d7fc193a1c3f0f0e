using System.Text.Json;
using SimCse.Functions.Http;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Functions.Jobs;

/// <summary>The body of <c>POST /api/jobs</c>.</summary>
/// <param name="Source">Name of a blob in the container <c>texts</c>.</param>
/// <param name="Options">Given ones over the app's; <see langword="null"/> leaves the choice to the source and the app.</param>
internal sealed record SubmitRequest(string Source, JobOptions? Options)
{
    public const int MaxBytes = 1 << 16;

    public const string Expected = "expected {\"source\": \"name.txt\", \"options\": {\"normalize\": …, \"dimensions\": …, " +
        "\"includeText\": …, \"maxErrors\": …, \"textColumn\": …, \"promptName\": …, …}}, options being optional";

    /// <exception cref="HttpErrorException">400: it cannot be read as such a request. 422: dimensions that no model has.</exception>
    public static SubmitRequest Read(RequestFields fields, DefaultOptions defaults)
    {
        var given = fields.Only("source", "options");
        var source = given.TryGetValue("source", out var name)
            ? RequestJson.String(name, "source")
            : throw HttpErrorException.BadRequest($"The request has no \"source\"; {Expected}.");
        return source.Length > 0
            ? new SubmitRequest(
                source, given.TryGetValue("options", out var options) && options.ValueKind != JsonValueKind.Null
                    ? ReadOptions(options, defaults.For(source))
                    : null)
            : throw HttpErrorException.BadRequest(
                $"\"source\" has 0 characters; expected the name of a blob in the container '{StorageNames.Texts}'.");
    }

    private static JobOptions ReadOptions(JsonElement json, JobOptions defaults)
    {
        var options = RequestJson.Understood(() => JobOptions.Read(json, defaults));
        return options.Dimensions is null or > 0
            ? options
            : throw HttpErrorException.Unacceptable($"\"dimensions\" is {options.Dimensions}; expected 1 to the model's dimension.");
    }
}
