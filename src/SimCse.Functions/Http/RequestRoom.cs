namespace SimCse.Functions.Http;

/// <summary>
/// Bounds the memory of all requests with texts. One that finds no room waits in the order of arrival, and its body is not read until then.
/// Thread-safe.
/// </summary>
/// <param name="maxWait">How long a request may wait for room.</param>
/// <param name="bytes">The memory of all requests together.</param>
public sealed class RequestRoom(TimeSpan maxWait, long bytes = RequestRoom.DefaultBytes)
{
    /// <summary>The most requests that are at work at once, all of them small.</summary>
    internal const int MaxRequests = (int)(DefaultBytes / MinBytes);

    private const long DefaultBytes = 512 << 20;

    /// <summary>What the smallest request takes, with its connection.</summary>
    private const long MinBytes = 256 << 10;

    /// <summary>A body with the parsed JSON or the strings of it, per byte of the body.</summary>
    private const int BytesPerBodyByte = 4;

    /// <summary>The ids and the vector of a text, for a large model.</summary>
    private const int BytesPerText = 8 << 10;

    /// <summary>The bytes of the shortest text in JSON: <c>"a",</c>.</summary>
    private const int MinTextBytes = 4;

    private readonly Lock _lock = new();
    private readonly Queue<Place> _waiting = new();
    private readonly long _all = bytes;
    private long _free = bytes;

    /// <summary>Waits for room for a request. Its place is free again when it is disposed of.</summary>
    /// <param name="bodyBytes">The length of the body, or the most that it may have.</param>
    /// <param name="maxTexts">The most texts that it may hold.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="HttpErrorException">429: there was no room in time.</exception>
    internal async Task<IDisposable> EnterAsync(long bodyBytes, int maxTexts, CancellationToken cancellationToken)
    {
        var needed = (bodyBytes * BytesPerBodyByte) + (Math.Min(maxTexts, bodyBytes / MinTextBytes) * BytesPerText);
        var place = new Place(this, Math.Clamp(needed, Math.Min(MinBytes, _all), _all));
        lock (_lock)
        {
            _waiting.Enqueue(place);
            Admit();
        }

        try
        {
            await place.Admitted.WaitAsync(maxWait, cancellationToken);
            return place;
        }
        catch (Exception e)
        {
            place.Dispose();
            throw e is not TimeoutException ? e : new HttpErrorException(
                StatusCodes.Status429TooManyRequests,
                $"Other requests took all memory that there is for requests, for {maxWait.TotalSeconds:0} s. Send it again.",
                TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>Lets in who waits, while there is room. The caller holds the lock.</summary>
    private void Admit()
    {
        while (_waiting.TryPeek(out var next) && (next.IsGone || next.Bytes <= _free))
        {
            _waiting.Dequeue();
            if (!next.IsGone)
            {
                _free -= next.Bytes;
                next.Admit();
            }
        }
    }

    private sealed class Place(RequestRoom room, long bytes) : IDisposable
    {
        private readonly TaskCompletionSource _admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Bytes => bytes;

        public Task Admitted => _admitted.Task;

        public bool IsGone { get; private set; }

        public void Admit() => _admitted.SetResult();

        public void Dispose()
        {
            lock (room._lock)
            {
                if (!IsGone)
                {
                    IsGone = true;
                    room._free += _admitted.Task.IsCompleted ? bytes : 0;
                    room.Admit();
                }
            }
        }
    }
}
