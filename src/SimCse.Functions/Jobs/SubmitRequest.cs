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
        "\"includeText\": …}}, options being optional";

    private const int MaxNameLength = 1024; // of a blob

    /// <exception cref="HttpErrorException">400: it cannot be read as such a request. 422: dimensions that no model has.</exception>
    public static SubmitRequest Read(RequestFields fields, JobOptions defaults)
    {
        var source = RequestJson.String(fields.Required("source"), "source");
        return source.Length is > 0 and <= MaxNameLength
            ? new SubmitRequest(source, fields.OptionalObject("options") is { } options ? ReadOptions(options, defaults) : null)
            : throw HttpErrorException.BadRequest(
                $"\"source\" has {source.Length} characters; expected the name of a blob in '{StorageNames.Texts}', 1 to {MaxNameLength} " +
                "characters.");
    }

    private static JobOptions ReadOptions(RequestFields options, JobOptions defaults)
    {
        options.RefuseOthers("options", "normalize", "dimensions", "includeText"); // a misspelt one would give another job
        var dimensions = options.Has("dimensions") ? options.Integer("dimensions") : defaults.Dimensions;
        return dimensions is null or > 0
            ? new JobOptions(
                options.Boolean("normalize", defaults.Normalize), dimensions, options.Boolean("includeText", defaults.IncludeText))
            : throw HttpErrorException.Unacceptable($"\"dimensions\" is {dimensions}; expected 1 to the model's dimension.");
    }
}
