using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using SimCse.Functions.Http;

namespace SimCse.Functions.Tests;

/// <summary>
/// Holds every exchange that a test has with the app to its OpenAPI document: an answer must have a status that the document knows and a
/// body that its schema admits, with no property that the schema does not name; a request that succeeds must be one that the schema admits.
/// </summary>
internal sealed class OpenApiContract : DelegatingHandler
{
    private static readonly JsonObject Document = Read();

    private static readonly Dictionary<string, JsonSchema> Schemas = [];

    public OpenApiContract()
        : base(new SocketsHttpHandler())
    {
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var sent = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        if (Find(request) is var (path, operation))
        {
            var received = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            Check($"{request.Method} {path}", operation, sent, (int)response.StatusCode, received);
        }

        return response;
    }

    private static void Check(string name, JsonObject operation, byte[] sent, int status, byte[] received)
    {
        var answer = operation["responses"]![$"{status}"];
        Assert.True(
            answer is not null,
            $"{name} answered {status}, which the document does not know: {System.Text.Encoding.UTF8.GetString(received)}");
        Check($"{name} {status}", Schema(answer!), received, closed: true);
        if (status is >= 200 and < 300 && operation["requestBody"] is { } body)
        {
            Check($"{name} request", Schema(body), sent, closed: false);
        }
    }

    private static void Check(string name, JsonNode? schema, byte[] json, bool closed)
    {
        if (schema is null)
        {
            return; // no body, or none that is JSON
        }

        using var instance = JsonDocument.Parse(json.AsSpan() is [0xEF, 0xBB, 0xBF, .. var rest] ? rest.ToArray() : json);
        bool valid;
        lock (Schemas)
        {
            if (!Schemas.TryGetValue(name, out var compiled))
            {
                Schemas[name] = compiled = JsonSchema.FromText(
                    Whole(schema, closed).ToJsonString(), new BuildOptions { SchemaRegistry = new SchemaRegistry() });
            }

            valid = compiled.Evaluate(instance.RootElement).IsValid;
        }

        Assert.True(valid, $"{name} is not what the document says: {instance.RootElement}");
    }

    private static JsonNode? Schema(JsonNode described) => described["content"]?["application/json"]?["schema"];

    /// <summary>A schema on its own, with the components that it may refer to.</summary>
    private static JsonObject Whole(JsonNode schema, bool closed)
    {
        var whole = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$ref"] = "#/$defs/it",
            ["$defs"] = new JsonObject(
                [.. Document["components"]!["schemas"]!.AsObject().Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))])
            {
                ["it"] = schema.DeepClone(),
            },
        };
        Prepare(whole["$defs"]!, closed);
        return whole;
    }

    private static void Prepare(JsonNode? node, bool closed)
    {
        switch (node)
        {
            case JsonArray array:
                foreach (var item in array)
                {
                    Prepare(item, closed);
                }

                break;
            case JsonObject schema:
                foreach (var (_, value) in schema)
                {
                    Prepare(value, closed);
                }

                if (schema["$ref"] is JsonValue reference)
                {
                    schema["$ref"] = reference.GetValue<string>().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
                }

                if (closed && schema["properties"] is JsonObject && schema["additionalProperties"] is null)
                {
                    schema["additionalProperties"] = false;
                }

                break;
        }
    }

    private static (string Path, JsonObject Operation)? Find(HttpRequestMessage request)
    {
        var parts = request.RequestUri!.AbsolutePath.Split('/');
        foreach (var (path, _) in Document["paths"]!.AsObject())
        {
            var template = path.Split('/');
            if (template.Length == parts.Length && template.Zip(parts).All(pair => pair.First == pair.Second || pair.First.StartsWith('{')))
            {
                return Resolve(path).TryGetValue(request.Method.Method.ToLowerInvariant(), out var found) && found is JsonObject operation
                    ? (path, operation)
                    : null;
            }
        }

        return null;
    }

    /// <summary>The operations of a path, which may refer to those of another.</summary>
    public static IDictionary<string, JsonNode?> Resolve(string path) =>
        Document["paths"]![path]!["$ref"] is { } other
            ? Resolve(other.GetValue<string>()["#/paths/".Length..].Replace("~1", "/", StringComparison.Ordinal))
            : new Dictionary<string, JsonNode?>(Document["paths"]![path]!.AsObject()!);

    private static JsonObject Read()
    {
        using var stream = typeof(OpenApiFunction).Assembly.GetManifestResourceStream("openapi.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }
}
