using System.Text.Json;
using SimCse.Functions.Http;
using SimCse.Jobs.State;

namespace SimCse.Functions.Jobs;

/// <summary>The body of <c>POST /api/jobs</c>.</summary>
/// <param name="Source">Name of a blob in the container <c>texts</c>.</param>
/// <param name="Options">Given ones over the app's; <see langword="null"/> leaves the choice to the source and the app.</param>
internal sealed record SubmitRequest(string Source, JobOptions? Options)
{
    public const int MaxBytes = 1 << 16;

    private const int MaxNameLength = 1024; // of a blob
    private const string Expected = "expected {\"source\": \"name.txt\", \"options\": {\"normalize\": …, \"dimensions\": …, " +
        "\"includeText\": …}}, options being optional";

    /// <exception cref="HttpErrorException">400: it cannot be read as such a request.</exception>
    public static SubmitRequest Parse(ReadOnlyMemory<byte> body, JobOptions defaults)
    {
        using var document = RequestJson.Parse(body, Expected);
        string? source = null;
        JobOptions? options = null;
        foreach (var property in document.RootElement.EnumerateObject())
        {
            switch (property.NameOrNull())
            {
                case "source":
                    source = RequestJson.String(property);
                    break;
                case "options" when property.Value.ValueKind != JsonValueKind.Null:
                    options = ReadOptions(property.Value, defaults);
                    break;
            }
        }

        return source is { Length: > 0 and <= MaxNameLength }
            ? new SubmitRequest(source, options)
            : throw HttpErrorException.BadRequest(
                source is null ? $"The request has no \"source\"; {Expected}."
                : $"\"source\" has {source.Length} characters; expected the name of a blob in 'texts', 1 to {MaxNameLength} characters.");
    }

    private static JobOptions ReadOptions(JsonElement value, JobOptions defaults)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw HttpErrorException.BadRequest($"\"options\" is {value.Describe()}; {Expected}.");
        }

        var options = defaults;
        foreach (var property in value.EnumerateObject())
        {
            options = property.NameOrNull() switch
            {
                "normalize" => options with { Normalize = RequestJson.Boolean(property, options.Normalize) },
                "dimensions" => options with { Dimensions = RequestJson.Integer(property) },
                "includeText" => options with { IncludeText = RequestJson.Boolean(property, options.IncludeText) },

                // A misspelt option would give another job than the one asked for.
                var other => throw HttpErrorException.BadRequest($"\"options\" holds \"{other}\", which is none; {Expected}."),
            };
        }

        return options.Dimensions is null or > 0
            ? options
            : throw HttpErrorException.Unacceptable($"\"dimensions\" is {options.Dimensions}; expected 1 to the model's dimension.");
    }
}
