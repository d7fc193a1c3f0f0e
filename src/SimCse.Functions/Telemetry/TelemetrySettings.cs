namespace SimCse.Functions.Telemetry;

/// <summary>The destinations of telemetry, from the standard settings of OpenTelemetry and Application Insights.</summary>
/// <param name="Otlp">Whether an OTLP endpoint is set. The exporter reads the details itself.</param>
/// <param name="ApplicationInsights">The connection string; <see langword="null"/> if there is none.</param>
/// <param name="Identity">Whether Application Insights requires a Microsoft Entra token.</param>
/// <param name="ClientId">The user-assigned identity for the token; <see langword="null"/> for the system-assigned one.</param>
internal sealed record TelemetrySettings(bool Otlp, string? ApplicationInsights, bool Identity, string? ClientId)
{
    public bool Any => Otlp || ApplicationInsights is not null;

    public static TelemetrySettings Read(IConfiguration configuration)
    {
        var authentication = Pairs(configuration["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]);
        return new TelemetrySettings(
            !string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]),
            configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { } connection && !string.IsNullOrWhiteSpace(connection)
                ? connection
                : null,
            string.Equals(authentication.GetValueOrDefault("Authorization"), "AAD", StringComparison.OrdinalIgnoreCase),
            authentication.GetValueOrDefault("ClientId"));
    }

    /// <summary>Reads <c>ClientId=…;Authorization=AAD</c>.</summary>
    private static Dictionary<string, string> Pairs(string? value) => (value ?? "")
        .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2, StringSplitOptions.TrimEntries))
        .Where(pair => pair.Length == 2)
        .GroupBy(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase)
        .ToDictionary(group => group.Key, group => group.Last(), StringComparer.OrdinalIgnoreCase);
}
