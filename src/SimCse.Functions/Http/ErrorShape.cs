namespace SimCse.Functions.Http;

/// <summary>How a route words its errors: as the service whose clients it serves does.</summary>
internal enum ErrorShape
{
    /// <summary><c>{"error":"…"}</c>.</summary>
    Own,

    /// <summary>text-embeddings-inference: <c>{"error":"…","error_type":"Validation"}</c>.</summary>
    Tei,

    /// <summary>
    /// OpenAI's <c>{"error":{"message","type","param","code"}}</c>, which its clients read, with TEI's <c>message</c>, <c>code</c> and
    /// <c>type</c> beside.
    /// </summary>
    OpenAi,
}

/// <summary>The shape of all errors of a class's functions; <see cref="ErrorShape.Own"/> without.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ErrorShapeAttribute(ErrorShape shape) : Attribute
{
    public ErrorShape Shape => shape;
}

/// <summary>The shape of the errors of a request, among its features.</summary>
internal sealed record RouteErrors(ErrorShape Shape);

/// <summary>The kinds of error that text-embeddings-inference knows.</summary>
internal enum ErrorType
{
    Unhealthy,
    Backend,
    Overloaded,
    Validation,
    Tokenizer,
    Empty,
}
