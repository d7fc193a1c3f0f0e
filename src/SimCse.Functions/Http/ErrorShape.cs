namespace SimCse.Functions.Http;

/// <summary>The form of a route's errors, which is that of the service whose clients the route serves.</summary>
internal enum ErrorShape
{
    /// <summary><c>{"error":"…"}</c>.</summary>
    Own,

    /// <summary>The form of text-embeddings-inference: <c>{"error":"…","error_type":"Validation"}</c>.</summary>
    Tei,

    /// <summary>
    /// OpenAI's <c>{"error":{"message","type","param","code"}}</c> for OpenAI's clients, with TEI's <c>message</c>, <c>code</c> and
    /// <c>type</c> beside it.
    /// </summary>
    OpenAi,
}

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
