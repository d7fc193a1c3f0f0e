using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SimCse.Jobs;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Output;

/// <summary>Jobs as <c>--json</c> writes them: the documents of the HTTP functions, indented, with readable Japanese.</summary>
internal static class CliJson
{
    private static readonly JobsJson Json = new(new JsonSerializerOptions(JobsJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    });

    public static string Serialize(JobStatus status) => Serialize(status, Json.JobStatus);

    public static string Serialize(IReadOnlyList<JobStatus> statuses) => Serialize([.. statuses], Json.ListJobStatus);

    private static string Serialize<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);
}
