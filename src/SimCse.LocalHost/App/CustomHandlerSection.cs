namespace SimCse.LocalHost;

/// <summary><c>customHandler</c> of host.json.</summary>
internal sealed class CustomHandlerSection
{
    public HandlerDescription Description { get; init; } = new();

    /// <summary>HTTP functions get the request rebuilt instead of the JSON payload.</summary>
    public bool EnableForwardingHttpRequest { get; init; }

    /// <summary>HTTP functions get the request streamed through; looked at before <see cref="EnableForwardingHttpRequest"/>.</summary>
    public bool EnableProxyingHttpRequest { get; init; }

    /// <summary>30 seconds in the host's source, whatever the documentation says.</summary>
    public TimeSpan InitializationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A fixed port for the handler; a free one otherwise.</summary>
    public int? Port { get; init; }
}
