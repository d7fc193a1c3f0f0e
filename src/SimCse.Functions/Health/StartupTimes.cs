using System.Diagnostics;

namespace SimCse.Functions.Health;

/// <summary>Records when this process reached each stage of its start, counted from the creation of this object. Thread-safe.</summary>
public sealed class StartupTimes
{
    /// <summary>The services are put together.</summary>
    public const string Built = "built";

    /// <summary>The host knows the worker, and the port for HTTP is open.</summary>
    public const string Listening = "listening";

    /// <summary>The bundle is on this machine, with all of its files.</summary>
    public const string Bundle = "bundle";

    /// <summary>The vocabulary and the dictionary are read.</summary>
    public const string Tokenizer = "tokenizer";

    /// <summary>ONNX Runtime has made its session from the graph.</summary>
    public const string Session = "session";

    /// <summary>The first vectors are computed.</summary>
    public const string Warm = "warm";

    /// <summary>Every file was verified to be the one that the bundle was made with.</summary>
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
