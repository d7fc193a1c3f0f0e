using System.Text.Json.Serialization;

namespace SimCse.Functions.Http;

/// <summary>The body of every answer of the app's own routes that is not a success.</summary>
/// <param name="Error">For people: what was found, what was expected and where.</param>
internal sealed record ErrorReply(string Error);

/// <summary>The same on text-embeddings-inference's routes.</summary>
internal sealed record TeiErrorReply(string Error, [property: JsonPropertyName("error_type")] string ErrorType);

/// <summary>The same on OpenAI's route.</summary>
internal sealed record OpenAiErrorReply(OpenAiError Error, string Message, int Code, string Type);

/// <param name="Message">For people.</param>
/// <param name="Type">OpenAI's name for the kind of error.</param>
/// <param name="Param">Always null: the message names the field.</param>
/// <param name="Code">TEI's name for the kind of error.</param>
internal sealed record OpenAiError(
    string Message, string Type, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param, string Code);
