using System.Text.Json.Serialization;

namespace SimCse.Functions.Http;

/// <summary>The body of every error of the app's own routes.</summary>
/// <param name="Error">A message for people: what was found, what was expected and where.</param>
internal sealed record ErrorReply(string Error);

/// <summary>The body of an error on text-embeddings-inference's routes.</summary>
internal sealed record TeiErrorReply(string Error, [property: JsonPropertyName("error_type")] string ErrorType);

/// <summary>The body of an error on OpenAI's route.</summary>
internal sealed record OpenAiErrorReply(OpenAiError Error, string Message, int Code, string Type);

/// <param name="Message">A message for people.</param>
/// <param name="Type">OpenAI's name for the kind of error.</param>
/// <param name="Param">Always null: the message names the field.</param>
/// <param name="Code">TEI's name for the kind of error.</param>
internal sealed record OpenAiError(
    string Message, string Type, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param, string Code);
