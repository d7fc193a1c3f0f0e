using System.Text.Json;
using System.Text.Json.Serialization;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Upkeep;

namespace SimCse.Jobs;

/// <summary>The JSON of everything that jobs write to storage and to queues, without reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JobOptions))]
[JsonSerializable(typeof(JobManifest))]
[JsonSerializable(typeof(JobStatus))]
[JsonSerializable(typeof(List<JobStatus>))]
[JsonSerializable(typeof(JobFailure))]
[JsonSerializable(typeof(FailedAttempt))]
[JsonSerializable(typeof(Resend))]
[JsonSerializable(typeof(ShardsSent))]
[JsonSerializable(typeof(AppSettings))]
[JsonSerializable(typeof(ChangedLimit))]
[JsonSerializable(typeof(DeletedJob))]
[JsonSerializable(typeof(JobSuccess))]
[JsonSerializable(typeof(LatestJob))]
[JsonSerializable(typeof(PlanJobMessage))]
[JsonSerializable(typeof(EncodeShardMessage))]
[JsonSerializable(typeof(ErrorRow))]
[JsonSerializable(typeof(RejectedMessage))]
[JsonSerializable(typeof(List<RejectedMessage>))]
[JsonSerializable(typeof(SubmissionResult))]
[JsonSerializable(typeof(UnpackedZip))]
[JsonSerializable(typeof(ReconcileState))]
[JsonSerializable(typeof(JsonElement))]
public sealed partial class JobsJson : JsonSerializerContext;
