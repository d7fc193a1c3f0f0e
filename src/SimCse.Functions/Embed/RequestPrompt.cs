using SimCse.Functions.Http;
using SimCse.Inference;
using SimCse.Jobs.State;

namespace SimCse.Functions.Embed;

/// <summary>What a request wants before each of its texts; without a wish, it is the model's default.</summary>
/// <param name="Text">The text itself; an empty one switches the default off.</param>
/// <param name="Name">The name of one of the model's prompts.</param>
/// <param name="Role">What the texts are, <see cref="Query"/> or <see cref="Document"/>: the model's prompt for that.</param>
internal sealed record RequestPrompt(string? Text = null, string? Name = null, string? Role = null)
{
    private const string Query = "query", Document = "document";

    /// <summary>The fields of the app's own route.</summary>
    public static RequestPrompt Own(RequestFields fields)
    {
        var text = fields.String("prompt");
        return text is null or { Length: <= JobOptions.MaxPromptCharacters }
            ? new(text, fields.String("promptName"))
            : throw HttpErrorException.TooLarge(
                $"\"prompt\" has {text.Length} characters; at most {JobOptions.MaxPromptCharacters} are read.");
    }

    /// <summary>The field of text-embeddings-inference.</summary>
    public static RequestPrompt OfTei(RequestFields fields) => new(Name: fields.String("prompt_name"));

    /// <summary>
    /// OpenAI's API has no field for it. Those who extend it have <c>input_type</c>: NVIDIA's NIM with <c>query</c> and <c>passage</c>,
    /// Voyage AI and Azure AI Inference with <c>query</c> and <c>document</c>, and the latter also with <c>text</c>, which is neither.
    /// </summary>
    public static RequestPrompt OfOpenAi(RequestFields fields)
    {
        var (prompt, type) = (OfTei(fields), fields.String("input_type"));
        var role = type switch
        {
            null or "text" => null,
            Query => Query,
            Document or "passage" => Document,
            _ => throw HttpErrorException.BadRequest(
                $"\"input_type\" is \"{RequestJson.Shorten(type)}\"; expected \"query\", \"document\", \"passage\" or \"text\"."),
        };
        return prompt.Name is null || role is null
            ? prompt with { Role = role }
            : throw HttpErrorException.BadRequest("Both \"prompt_name\" and \"input_type\" are given; expected one of them.");
    }

    /// <summary>What goes before each text; empty when nothing does.</summary>
    /// <exception cref="HttpErrorException">422: the model has no prompt of that name, or the inputs are token ids.</exception>
    public string Resolve(ModelPrompts model, bool hasIds = false)
    {
        if (hasIds)
        {
            return Text is null && Name is null && Role is null
                ? ""
                : throw HttpErrorException.Unacceptable(
                    "The inputs are token ids, and nothing can go before them; expected texts with a prompt, or the ids of both.");
        }

        try
        {
            var name = Name is null || model.Named.ContainsKey(Name) ? Name : RequestJson.Shorten(Name);
            return model.Resolve(Text, name ?? Role switch
            {
                Query => model.QueryName,
                Document => model.DocumentName,
                _ => null,
            });
        }
        catch (ArgumentException e)
        {
            throw HttpErrorException.Unacceptable(e.Message);
        }
    }
}
