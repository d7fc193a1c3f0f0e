using SimCse.Functions.Embed;
using SimCse.Functions.Http;

namespace SimCse.Functions.OpenAi;

/// <summary>
/// <c>GET /v1/models</c> and <c>GET /v1/models/{model}</c>: the one model that there is. User interfaces test a connection with it. A
/// model's name may hold a slash, escaped or not.
/// </summary>
public sealed class ModelsFunction(HttpEncoder encoder)
{
    private const string Name = "{*model}";

    internal static readonly Operations<ModelsFunction> Operations = new(
        ("GET /v1/models", (models, request) => models.ListAsync(request.HttpContext)),
        ("GET /v1/models/{model}", (models, request) => models.GetAsync(request.HttpContext)));

    [Function("Models")]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = $"v1/models/{Name}")] HttpRequest request) =>
        Operations.RunAsync(this, request, string.IsNullOrEmpty(Given(request)) ? "/v1/models" : "/v1/models/{model}");

    /// <summary>The same under the address that Azure gives OpenAI's own clients.</summary>
    [Function("ModelsOpenAi")]
    public Task<IResult> OpenAiAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = $"openai/v1/models/{Name}")] HttpRequest request) =>
        RunAsync(request);

    /// <summary>The same for clients of Azure OpenAI, which add <c>?api-version=…</c>.</summary>
    [Function("ModelsAzure")]
    public Task<IResult> AzureAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = $"openai/models/{Name}")] HttpRequest request) =>
        RunAsync(request);

    private async Task<IResult> ListAsync(HttpContext context) =>
        Replies.Json(new ModelsReply([await ModelAsync(context)]), Replies.Types.ModelsReply);

    private async Task<IResult> GetAsync(HttpContext context)
    {
        var model = await ModelAsync(context);
        var given = Uri.UnescapeDataString(Given(context.Request)!);
        return given == model.Id
            ? Replies.Json(model, Replies.Types.ModelItem)
            : throw HttpErrorException.NotFound($"There is no model {given}; the only one is {model.Id}.");
    }

    private async Task<ModelItem> ModelAsync(HttpContext context) =>
        new((await encoder.ReadyAsync(context.RequestAborted)).Bundle.Model.Name);

    private static string? Given(HttpRequest request) => request.RouteValues["model"] as string;
}
