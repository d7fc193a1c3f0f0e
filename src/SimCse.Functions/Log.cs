namespace SimCse.Functions;

/// <summary>The log messages of this program.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Model {Model} ({Fingerprint}) is ready on {Device} after {Seconds:0.0} s.")]
    public static partial void ModelReady(ILogger logger, string model, string fingerprint, string device, double seconds);

    [LoggerMessage(LogLevel.Warning, "Model {Model} is untrained: its vectors show how things work and mean nothing.")]
    public static partial void ModelUntrained(ILogger logger, string model);

    [LoggerMessage(LogLevel.Error, "The model in {Folder} cannot be used, and whatever needs it fails until the app is started again. " +
        "{Reason}")]
    public static partial void ModelFailed(ILogger logger, string folder, string reason);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(ILogger logger, string method, string? path, Exception exception);

    [LoggerMessage(LogLevel.Information, "The client of {Method} {Path} does not read its answer; the connection is ended.")]
    public static partial void ClientTooSlow(ILogger logger, string method, string? path);

    [LoggerMessage(LogLevel.Warning, "Containers and queues could not be created; the app goes on without: {Reason}")]
    public static partial void StorageNotPrepared(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "Fetched the bundle {Prefix}: {Files} files, {Megabytes:0.0} MB in {Seconds:0.0} s.")]
    public static partial void ModelFetched(ILogger logger, string prefix, int files, double megabytes, double seconds);

    [LoggerMessage(LogLevel.Warning, "{Reason}")]
    public static partial void DeviceFallback(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "{Reason}")]
    public static partial void PrecisionMismatch(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "The bundle {Prefix} could not be fetched; trying again in {Seconds} s: {Reason}")]
    public static partial void ModelNotFetched(ILogger logger, string prefix, string reason, double seconds);
}
