using System.Diagnostics;

namespace SimCse.Functions.Health;

/// <summary>When this process reached each stage of its start; counts from when it is made. Thread-safe.</summary>
public sealed class StartupTimes
{
    /// <summary>Services are put together.</summary>
    public const string Built = "built";

    /// <summary>The host knows the worker, and the port for HTTP is open.</summary>
    public const string Listening = "listening";

    /// <summary>The bundle is here, with all of its files.</summary>
    public const string Bundle = "bundle";

    /// <summary>Vocabulary and dictionary are read.</summary>
    public const string Tokenizer = "tokenizer";

    /// <summary>ONNX Runtime's session is made of the graph.</summary>
    public const string Session = "session";

    /// <summary>The first vectors are computed.</summary>
    public const string Warm = "warm";

    /// <summary>Every file is the one that the bundle was made with.</summary>
    public const string Verified = "verified";

    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly DateTime _mainAt = DateTime.UtcNow;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, double> _ms = [];

    public void Reached(string stage)
    {
        var ms = Math.Round(Stopwatch.GetElapsedTime(_startedAt).TotalMilliseconds, 1);
        lock (_lock)
        {
            _ms.TryAdd(stage, ms);
        }
    }

    internal StartupReply ToReply()
    {
        lock (_lock)
        {
            return new StartupReply(_mainAt, new Dictionary<string, double>(_ms));
        }
    }
}
