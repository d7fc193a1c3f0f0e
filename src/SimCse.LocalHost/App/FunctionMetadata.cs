namespace SimCse.LocalHost;

/// <summary>One function of the app: the folder's name and what its function.json says.</summary>
internal sealed record FunctionMetadata(string Name, FunctionBinding Trigger, IReadOnlyList<FunctionBinding> Outputs)
{
    /// <summary>One HTTP trigger and one HTTP output and nothing else: only then is a request passed through instead of described as JSON.</summary>
    public bool IsHttpInAndOut => Trigger.Is("httpTrigger") && Outputs is [var only] && only.Is("http");

    /// <summary>As the host names functions in logs and in storage.</summary>
    public string FullName => $"Functions.{Name}";
}
