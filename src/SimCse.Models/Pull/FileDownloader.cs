using System.Net;
using System.Net.Http.Headers;

namespace SimCse.Models.Pull;

/// <summary>
/// Fetches files and never fetches the same bytes twice: what has arrived stays in <c>NAME.partial</c>, and the next try, in this run or a
/// later one, asks for the rest. A file appears under its name only when its size and hash are right.
/// </summary>
internal sealed class FileDownloader(HttpClient http, ModelPullerOptions options)
{
    private const int BufferBytes = 1 << 17;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <exception cref="HttpRequestException">The server refuses the file, or sends nothing in the allowed number of tries.</exception>
    /// <exception cref="InvalidDataException">The file that arrived has another size or hash, even after a fresh start.</exception>
    public async Task DownloadAsync(RemoteFile file, string path, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        if (await IsThereAsync(file, path, cancellationToken))
        {
            var bytes = new FileInfo(path).Length;
            progress?.Report(new PullProgress(file.Name, bytes, bytes));
            return;
        }

        file = file.Bytes is null ? file with { Bytes = await SizeAsync(file, cancellationToken) } : file;

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = $"{path}.partial";
        var resumed = File.Exists(partial);
        while (true)
        {
            await FetchAsync(file, partial, progress, cancellationToken);
            try
            {
                await file.CheckAsync(partial, cancellationToken);
                break;
            }
            catch (InvalidDataException)
            {
                // The resumed beginning may be of an older version of the file, so try once more from the start, but only once.
                File.Delete(partial);
                if (!resumed)
                {
                    throw;
                }

                resumed = false;
            }
        }

        File.Move(partial, path, overwrite: true);
    }

    private static async Task<bool> IsThereAsync(RemoteFile file, string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            await file.CheckAsync(path, cancellationToken);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Asks for the file and reads nothing but the answer's head.</summary>
    private async Task<long> SizeAsync(RemoteFile file, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(file.Address, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        HttpRefusals.Throw(response, file.Address);
        return response.Content.Headers.ContentLength
            ?? throw new InvalidDataException($"{file.Address} does not say how long {file.Name} is; expected a Content-Length.");
    }

    /// <summary>Tries until the partial file has the size expected.</summary>
    private async Task FetchAsync(RemoteFile file, string partial, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = Length(partial);
            if (before == file.Bytes)
            {
                await using var empty = file.Bytes == 0 ? File.Create(partial) : null;
                return;
            }

            TimeSpan? wait = null;
            try
            {
                wait = await FetchRestAsync(file, partial, attempt, progress, cancellationToken);
            }
            catch (Exception e) when (IsTransient(e, cancellationToken))
            {
                if (attempt >= options.MaxAttempts && Length(partial) == before)
                {
                    throw new HttpRequestException(
                        $"{file.Address} cannot be read: {e.Message} What has arrived is kept; try again later.", e);
                }

                wait = BackOff(attempt);
            }

            attempt = Length(partial) > before ? 0 : attempt;
            if (wait is { } pause)
            {
                if (attempt >= options.MaxAttempts)
                {
                    throw new HttpRequestException(
                        $"{file.Address} gave nothing in {attempt} tries; try again later, what has arrived is kept.");
                }

                await options.Wait(pause, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Makes one request and returns how long to wait for the next one; <see langword="null"/> when the file is complete.
    /// </summary>
    private async Task<TimeSpan?> FetchRestAsync(
        RemoteFile file, string partial, int attempt, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        var start = Length(partial);
        using var request = new HttpRequestMessage(HttpMethod.Get, file.Address);
        if (start > 0)
        {
            request.Headers.Range = new RangeHeaderValue(start, null);
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            File.Delete(partial);
            return TimeSpan.Zero;
        }

        if (HttpRefusals.Patience(response, attempt) is { } wait)
        {
            return Bounded(wait);
        }

        HttpRefusals.Throw(response, file.Address);
        var resumes = response.StatusCode == HttpStatusCode.PartialContent;
        if (resumes && response.Content.Headers.ContentRange?.From != start)
        {
            throw new HttpRequestException($"It sends the bytes {response.Content.Headers.ContentRange}; asked for those from {start}.");
        }

        await using var output = new FileStream(
            partial, resumes ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
        await CopyAsync(file, response, output, progress, cancellationToken);
        return output.Length < file.Bytes ? BackOff(1) : null;
    }

    private async Task CopyAsync(
        RemoteFile file, HttpResponseMessage response, FileStream output, IProgress<PullProgress>? progress,
        CancellationToken cancellationToken)
    {
        await using var input = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var buffer = new byte[BufferBytes];
        while (true)
        {
            silence.CancelAfter(options.ReadTimeout);
            var read = await ReadAsync(input, buffer, silence.Token, cancellationToken);
            if (read == 0)
            {
                return;
            }

            await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            if (output.Length > file.Bytes)
            {
                throw new InvalidDataException($"{file.Name} from {file.Address} has more than the {file.Bytes} bytes expected.");
            }

            progress?.Report(new PullProgress(file.Name, output.Length, file.Bytes!.Value));
        }
    }

    /// <summary>Turns a dropped or silent connection into one kind of error, here where it cannot be taken for a full disk.</summary>
    private static async Task<int> ReadAsync(Stream input, byte[] buffer, CancellationToken silence, CancellationToken cancellationToken)
    {
        try
        {
            return await input.ReadAsync(buffer, silence);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(e is OperationCanceledException ? "The connection fell silent." : e.Message, e);
        }
    }

    /// <summary>
    /// Whether another try may help, because the connection failed and not the request. HttpClient reports its own time-out as a
    /// cancellation.
    /// </summary>
    private static bool IsTransient(Exception e, CancellationToken cancellationToken) =>
        e is HttpRequestException { StatusCode: null } || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>Limits a single wait for a server.</summary>
    public static TimeSpan Bounded(TimeSpan wait) => wait < LongestWait ? wait : LongestWait;

    private static TimeSpan BackOff(int attempt) => TimeSpan.FromSeconds(Math.Pow(2, Math.Min(attempt, 6) - 1));

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
