using System.Text.Json;
using System.Text.Json.Serialization;
using SimCse.Functions.Health;
using SimCse.Functions.Http;
using SimCse.Functions.Jobs;
using SimCse.Functions.OpenAi;
using SimCse.Functions.Tei;
using SimCse.Jobs.Clients;

namespace SimCse.Functions;

/// <summary>The types of all JSON answers, serialized without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorReply))]
[JsonSerializable(typeof(TeiErrorReply))]
[JsonSerializable(typeof(OpenAiErrorReply))]
[JsonSerializable(typeof(InfoReply))]
[JsonSerializable(typeof(TokenReply[][]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(float[]))]
[JsonSerializable(typeof(HealthReply))]
[JsonSerializable(typeof(JobsReply))]
[JsonSerializable(typeof(ModelsReply))]
[JsonSerializable(typeof(ModelItem))]
[JsonSerializable(typeof(JobStatus))]
[JsonSerializable(typeof(SubmissionReply))]
internal sealed partial class FunctionsJson : JsonSerializerContext;
